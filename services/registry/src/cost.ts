import type { Price } from "./model.ts";

/** Tokens of a call. */
export type Usage = { readonly inputTokens: number; readonly outputTokens: number };

/** What a call costs in billionths of a US dollar, rounded up; undefined when the model has no price. */
export function costNanoUsd(
  price: Price | undefined,
  { inputTokens, outputTokens }: Usage,
): number | undefined {
  if (price === undefined) return undefined;
  // Products pass 2^53 at a price of $1,000 a million tokens and 9,000 tokens, so they are integers without a bound.
  const input = portion(price.inputNanoPerMtok, inputTokens);
  const output = portion(price.outputNanoPerMtok, outputTokens);
  return Number((input + output + MILLION - 1n) / MILLION);
}

const MILLION = 1_000_000n;

function portion(nanoPerMtok: number, tokens: number): bigint {
  return BigInt(nanoPerMtok) * BigInt(tokens);
}
