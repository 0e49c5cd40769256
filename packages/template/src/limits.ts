/** Bounds of templates (L60, L79, L218); lengths in characters, sizes in UTF-8 bytes. */
export type TemplateLimits = {
  /** Operations per step rendering. */
  readonly operations: number;
  readonly cpuMs: number;
  /** One rendered string. */
  readonly stringBytes: number;
  /** All strings of a step rendering together. */
  readonly totalBytes: number;
  /** Elements that `range` may give. */
  readonly range: number;
  /** Elements of a sequence made by `*`, a method, a filter or a comprehension. */
  readonly sequence: number;
  /** One regex match. */
  readonly regexMs: number;
};

/** L218. */
export const TEMPLATE_LIMITS: TemplateLimits = {
  operations: 1_000_000,
  cpuMs: 2_000,
  stringBytes: 8 * 1024 * 1024,
  totalBytes: 16 * 1024 * 1024,
  range: 100_000,
  sequence: 1_000_000,
  regexMs: 50,
};

/** Bounds of what is parsed (L79, L218). */
export const SOURCE_LIMITS = {
  templateBytes: 256 * 1024,
  nesting: 64,
  /** Operators chained without brackets make a tree this deep at most, so that walking it cannot exhaust the stack. */
  chain: 1_000,
  patternCharacters: 1_000,
  conditionCharacters: 4_096,
  conditionNodes: 500,
  conditionDepth: 40,
  powerBase: 1_000_000,
  powerExponent: 1_024,
} as const;
