import type { Client } from "@connectrpc/connect";
import {
  type LoadedPlan,
  openPlan,
  type Plan,
  PLAN_VERSION,
  planFromJson,
} from "@orchestrator/pipeline";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { BundleFile, Compiler } from "../compiler.ts";
import { pipelineInvalid } from "../errors.ts";
import { violationsFromFindings } from "../wire.ts";
import { relay } from "./relay.ts";

/** Plans kept in memory; the least recently used one goes first, and is read again when it is needed. */
const MAX_PLANS = 512;
/** Definitions known to be stored; forgetting one costs a repeated PutDefinition, which changes nothing. */
const MAX_KNOWN = 10_000;

/** Stored definitions, as far as this gateway has to do with them. They never change, so what was read is kept. */
export class Definitions {
  readonly #client: Client<typeof StateService>;
  readonly #compiler: Compiler;
  readonly #plans = new Map<string, LoadedPlan>();
  readonly #stored = new Set<string>();

  constructor(client: Client<typeof StateService>, compiler: Compiler) {
    this.#client = client;
    this.#compiler = compiler;
  }

  /** Store a document with its plan unless it is known to be there; answers with the document's hash. */
  async put(
    namespace: string,
    definition: { plan: Plan; source: string; bundle: readonly BundleFile[] },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { plan, source, bundle } = definition;
    const documentHash = Uint8Array.from(Buffer.from(plan.documentHash, "hex"));
    const key = keyOf(namespace, { documentHash, planVersion: plan.planVersion });
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
  forget(namespace: string, { documentHash, planVersion }: Plan): void {
    const hash = Uint8Array.from(Buffer.from(documentHash, "hex"));
    this.#stored.delete(keyOf(namespace, { documentHash: hash, planVersion }));
  }

  /** The plan that a run is bound to (L18). */
  async plan(namespace: string, bound: BoundPlan, signal: AbortSignal): Promise<LoadedPlan> {
    return (await this.#kept(namespace, bound, signal)) ?? this.#missing(bound);
  }

  /** This version's plan of a stored document, which an older version may have stored without one. */
  async currentPlan(
    namespace: string,
    documentHash: Uint8Array,
    signal: AbortSignal,
  ): Promise<Plan> {
    const bound = { documentHash, planVersion: PLAN_VERSION };
    const kept = await this.#kept(namespace, bound, signal);
    if (kept !== undefined) {
      return kept.plan;
    }
    const { source, bundle } = await relay(
      this.#client.getDefinition({ namespace, documentHash }, { signal }),
    );
    const compilation = await this.#compiler.compile(source, { bundle, signal });
    if (compilation.kind === "refused") {
      throw pipelineInvalid(violationsFromFindings(compilation.findings));
    }
    const { plan } = compilation;
    await this.put(namespace, { plan, source, bundle }, signal);
    return plan;
  }

  async #kept(
    namespace: string,
    bound: BoundPlan,
    signal: AbortSignal,
  ): Promise<LoadedPlan | undefined> {
    const key = keyOf(namespace, bound);
    const known = this.#plans.get(key);
    if (known !== undefined) {
      this.#plans.delete(key);
      this.#plans.set(key, known);
      return known;
    }
    const { documentHash, planVersion } = bound;
    const asked = { namespace, documentHash, planVersion };
    const { plan } = await relay(this.#client.getDefinition(asked, { signal }));
    if (plan.length === 0) {
      return undefined;
    }
    const loaded = openPlan(planFromJson(JSON.parse(Buffer.from(plan).toString("utf8"))));
    this.#plans.set(key, loaded);
    const [oldest] = this.#plans.keys();
    if (this.#plans.size > MAX_PLANS && oldest !== undefined) {
      this.#plans.delete(oldest);
    }
    return loaded;
  }

  #missing({ planVersion }: BoundPlan): never {
    throw new Error(`a run is bound to a plan of version ${planVersion} that is not stored`);
  }
}

type BoundPlan = { readonly documentHash: Uint8Array; readonly planVersion: number };

function keyOf(namespace: string, { documentHash, planVersion }: BoundPlan): string {
  return `${namespace}/${Buffer.from(documentHash).toString("hex")}/${planVersion}`;
}

function remember(stored: Set<string>, key: string): void {
  stored.add(key);
  const [oldest] = stored;
  if (stored.size > MAX_KNOWN && oldest !== undefined) {
    stored.delete(oldest);
  }
}
