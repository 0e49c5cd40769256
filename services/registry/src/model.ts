/** Levels of expertise, least first; `expert` is another word for the last (L136). */
export const EXPERTISE = ["low", "medium", "medium-high", "high", "very-high"] as const;

export type Expertise = (typeof EXPERTISE)[number];

/** A model that can be called. What is undefined about it is not known, and satisfies no requirement. */
export type Model = {
  /** Its name at the provider. */
  readonly name: string;
  readonly provider: string;
  /** Undefined for a model that is only known by name: it is taken to generate plain text. */
  readonly capabilities: readonly string[] | undefined;
  readonly contextTokens: number | undefined;
  readonly expertise: Expertise | undefined;
  /** Fields that it is said to be good at. */
  readonly domains: readonly string[];
  /** Billions of parameters. */
  readonly size: number | undefined;
  /** Between 0 and 1. */
  readonly accuracy: number | undefined;
  readonly price: Price | undefined;
  /** Milliseconds to an answer, as it is configured. */
  readonly latencyMs?: number | undefined;
  readonly tokensPerSecond?: number | undefined;
};

/** Billionths of a US dollar for a million tokens. */
export type Price = { readonly inputNanoPerMtok: number; readonly outputNanoPerMtok: number };

/** A model of which nothing but its name is known. */
export function bareModel(provider: string, name: string): Model {
  return {
    name,
    provider,
    capabilities: undefined,
    contextTokens: undefined,
    expertise: undefined,
    domains: [],
    size: undefined,
    accuracy: undefined,
    price: undefined,
  };
}

/** Names a model in full: `provider/name`. */
export function fullName({ provider, name }: Model): string {
  return `${provider}/${name}`;
}

/** Reads a level of expertise; undefined for a word that is none. */
export function expertiseOf(word: string): Expertise | undefined {
  const level = word.toLowerCase().replaceAll(/[_\s]+/g, "-");
  return level === "expert" ? "very-high" : EXPERTISE.find((known) => known === level);
}
