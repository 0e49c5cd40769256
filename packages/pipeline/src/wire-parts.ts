// Parts of payloads as they are stored (event-codec.ts).
import type { Artifact, ModelUsage, StepError, StoredFile } from "./events.ts";

/** A failure as it is stored. */
export type WireError = Omit<StepError, "timedOut" | "retryAfterMs"> & {
  readonly timed_out?: boolean;
  readonly retry_after_ms?: number;
};

/** A file as it is stored. */
export type WireArtifact = StoredFile & { readonly media_type: string };

/** What a model used, as it is stored. */
export type WireUsage = {
  readonly model: string;
  readonly provider: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_nano_usd: number;
  readonly choice?: string;
};

/** Reads a failure. */
export function errorFrom(error: WireError | undefined): StepError {
  const { timed_out, retry_after_ms, ...same } = error ?? { code: "", type: "", message: "" };
  return { ...same, ...given("timedOut", timed_out), ...given("retryAfterMs", retry_after_ms) };
}

/** Gives a file its stored form. */
export function wireArtifact({ mediaType, ...file }: Artifact): WireArtifact {
  return { ...file, media_type: mediaType };
}

/** Reads a file. */
export function artifactFrom({ media_type, ...file }: WireArtifact): Artifact {
  return { ...file, mediaType: media_type };
}

/** Reads what a model used. */
export function usageFrom(usage: WireUsage): ModelUsage {
  return {
    model: usage.model,
    provider: usage.provider,
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    costNanoUsd: usage.cost_nano_usd,
    ...given("choice", usage.choice),
  };
}

/** Gives a failure its stored form. */
export function wireError({ timedOut, retryAfterMs, ...same }: StepError): WireError {
  return { ...same, ...given("timed_out", timedOut), ...given("retry_after_ms", retryAfterMs) };
}

/** A key with its value; nothing where there is none. */
export function given<K extends string, V>(
  key: K,
  value: V | undefined,
): { readonly [key in K]?: V } {
  const one: { [key in K]?: V } = {};
  if (value !== undefined) {
    one[key] = value;
  }
  return one;
}

/** Gives what a model used its stored form. */
export function wireUsage(usage: ModelUsage): WireUsage {
  const { model, provider, inputTokens, outputTokens, costNanoUsd, choice } = usage;
  const counts = { input_tokens: inputTokens, output_tokens: outputTokens };
  return { model, provider, ...counts, cost_nano_usd: costNanoUsd, ...given("choice", choice) };
}
