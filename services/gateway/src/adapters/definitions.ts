import type { Client } from "@connectrpc/connect";
import { type LoadedPlan, openPlan, type Plan, planFromJson } from "@orchestrator/pipeline";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { BundleFile } from "../compiler.ts";
import { relay } from "../relay.ts";

/** Plans kept in memory; the least recently used one goes first, and is read again when it is needed. */
const MAX_PLANS = 512;
/** Definitions known to be stored; forgetting one costs a repeated PutDefinition, which changes nothing. */
const MAX_KNOWN = 10_000;

/** Stored definitions, as far as this gateway has to do with them: what is stored, and plans by their hash. */
export class Definitions {
  readonly #client: Client<typeof StateService>;
  readonly #plans = new Map<string, LoadedPlan>();
  readonly #stored = new Set<string>();

  constructor(client: Client<typeof StateService>) {
    this.#client = client;
  }

  /** Store a document with its plan unless it is known to be there; answers with the document's hash. */
  async put(
    namespace: string,
    definition: { plan: Plan; source: string; bundle: readonly BundleFile[] },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { plan, source, bundle } = definition;
    const documentHash = Uint8Array.from(Buffer.from(plan.documentHash, "hex"));
    const key = `${namespace}/${plan.documentHash}/${plan.planVersion}`;
    if (!this.#stored.has(key)) {
      await relay(
        this.#client.putDefinition(
          {
            namespace,
            documentHash,
            source,
            bundle: bundle.map(({ path, content }) => ({ path, content })),
            planVersion: plan.planVersion,
            plan: Buffer.from(JSON.stringify(plan)),
          },
          { signal },
        ),
      );
      remember(this.#stored, key);
    }
    return documentHash;
  }

  /** Forget that a definition is stored: state says that it is not. */
  forget(namespace: string, plan: Plan): void {
    this.#stored.delete(`${namespace}/${plan.documentHash}/${plan.planVersion}`);
  }

  /** The plan that a run or a stored pipeline is bound to (L18). */
  async plan(
    namespace: string,
    bound: { documentHash: Uint8Array; planVersion: number },
    signal: AbortSignal,
  ): Promise<LoadedPlan> {
    const key = `${namespace}/${Buffer.from(bound.documentHash).toString("hex")}/${bound.planVersion}`;
    const known = this.#plans.get(key);
    if (known !== undefined) {
      this.#plans.delete(key);
      this.#plans.set(key, known);
      return known;
    }
    const { plan } = await relay(this.#client.getDefinition({ namespace, ...bound }, { signal }));
    const loaded = openPlan(planFromJson(JSON.parse(Buffer.from(plan).toString("utf8"))));
    this.#plans.set(key, loaded);
    const [oldest] = this.#plans.keys();
    if (this.#plans.size > MAX_PLANS && oldest !== undefined) {
      this.#plans.delete(oldest);
    }
    return loaded;
  }
}

function remember(stored: Set<string>, key: string): void {
  stored.add(key);
  const [oldest] = stored;
  if (stored.size > MAX_KNOWN && oldest !== undefined) {
    stored.delete(oldest);
  }
}
