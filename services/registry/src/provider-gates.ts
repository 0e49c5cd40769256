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
    options: AttemptOptions,
  ): Promise<ProviderAnswer | ProviderError>;
}

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
        if (waitMs > MAX_PACE_MS) {
          pacer.refund();
          return busy(`${name} is asked more often than its rate_limit allows`, waitMs);
        }
        if (waitMs > 0) await sleep(waitMs, options.signal);
        const leave = await gate.enter(options.signal);
        if (leave === undefined) return busy(`too many calls wait for ${name}`, MAX_PACE_MS);
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

/** Longer waits for a place are the run's. */
const MAX_PACE_MS = 10_000;

type Gated = { readonly provider: Provider; readonly gate: Gate; readonly pacer: Pacer };

function gateOf({ provider, requestsPerMinute }: GatedProvider): Gated {
  const { requestsPerProvider, waitingPerProvider } = LIMITS;
  return {
    provider,
    gate: createGate({ maxInside: requestsPerProvider, maxWaiting: waitingPerProvider }),
    pacer: createPacer(requestsPerMinute),
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
