/** What a filter, test, method or function takes. */
export type Signature = {
  /** Names in order; any of them may be given by name. */
  readonly parameters: readonly string[];
  /** How many of them must be given; none by default. */
  readonly required?: number;
  /** What it takes beyond them. */
  readonly rest?: "positional" | "named" | "both";
};

/** Whether a signature has this shape of call, and if not, why. */
export function mismatch(
  signature: Signature,
  { positional, named }: { readonly positional: number; readonly named: readonly string[] },
): string | null {
  const { parameters, required = 0, rest } = signature;
  if (positional > parameters.length && rest !== "positional" && rest !== "both") {
    return `takes at most ${parameters.length} arguments, ${positional} given`;
  }
  const unknown = named.find((name) => !parameters.includes(name));
  if (unknown !== undefined && rest !== "named" && rest !== "both") {
    return `has no parameter "${unknown}"`;
  }
  const twice = named.find((name) => parameters.slice(0, positional).includes(name));
  if (twice !== undefined) return `gets "${twice}" twice`;
  const lacking = parameters.slice(positional, required).find((name) => !named.includes(name));
  return lacking === undefined ? null : `needs "${lacking}"`;
}
