import type { Prompt } from "./call.ts";
import { createGate, type Gate } from "./gate.ts";
import { LIMITS } from "./limits.ts";
import { createPacer, type Pacer } from "./pacer.ts";
import type { AttemptOptions, Provider, ProviderAnswer, ProviderError } from "./provider.ts";

/** A provider with what it may be asked for. */
export type GatedProvider = {
  readonly provider: Provider;
  /** Requests a minute; undefined for no limit. */
  readonly requestsPerMinute: number | undefined;
};

/** All providers, each behind its bounds: so many requests at once, so many a minute, so many that wait. */
export interface ProviderGates {
  generate(
    request: { readonly provider: string; readonly model: string; readonly prompt: Prompt },
    options: PatientOptions,
  ): Promise<ProviderAnswer | ProviderError>;
}

/** How an attempt is made, and how long it may wait for its turn under a limit of requests a minute. */
export type PatientOptions = AttemptOptions & { readonly patienceMs: number };

export type ProviderGatesOptions = {
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** Puts each provider behind a gate and a pacer of its own. */
export function createProviderGates(
  providers: readonly GatedProvider[],
  { nowMs, sleep }: ProviderGatesOptions,
): ProviderGates {
  const gated = new Map(providers.map((each) => [each.provider.name, gateOf(each)]));
  return {
    async generate({ provider: name, model, prompt }, options) {
      const found = gated.get(name);
      if (found === undefined) return unknownProvider(name);
      const { provider, gate, pacer } = found;
      try {
        const waitMs = pacer.reserve(nowMs());
        if (waitMs > options.patienceMs || found.pacing >= LIMITS.waitingPerProvider) {
          pacer.refund();
          return busy(`${name} is asked more often than its rate_limit allows`, waitMs);
        }
        if (waitMs > 0) {
          found.pacing++;
          await sleep(waitMs, options.signal).finally(() => found.pacing--);
        }
        const leave = await gate.enter(options.signal);
        if (leave === undefined) return busy(`too many calls wait for ${name}`, FULL_MS);
        try {
          return await provider.generate({ model, prompt }, options);
        } finally {
          leave();
        }
      } catch (error) {
        if (!options.signal.aborted) throw error;
        return unsent(options.signal);
      }
    },
  };
}

/** When to come back to a provider for which too many wait. */
const FULL_MS = 10_000;

type Gated = {
  readonly provider: Provider;
  readonly gate: Gate;
  readonly pacer: Pacer;
  /** How many wait for their turn. */
  pacing: number;
};

function gateOf({ provider, requestsPerMinute }: GatedProvider): Gated {
  const { requestsPerProvider, waitingPerProvider } = LIMITS;
  return {
    provider,
    gate: createGate({ maxInside: requestsPerProvider, maxWaiting: waitingPerProvider }),
    pacer: createPacer(requestsPerMinute),
    pacing: 0,
  };
}

function busy(message: string, retryAfterMs: number): ProviderError {
  return { kind: "error", class: "rate_limited", message, retryAfterMs, mayHavePaid: false };
}

function unsent(signal: AbortSignal): ProviderError {
  const isLate = signal.reason === "timeout";
  return {
    kind: "error",
    class: isLate ? "timeout" : "cancelled",
    message: isLate ? "no place became free in time" : "the call was cancelled",
    mayHavePaid: false,
  };
}

function unknownProvider(name: string): ProviderError {
  const message = `provider ${name} is not configured`;
  return { kind: "error", class: "model_not_found", message, mayHavePaid: false };
}
