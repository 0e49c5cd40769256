/** Rules of the language that this build implements; the others are refused by name. */
export const RULES_IN_SCOPE: readonly number[] = [
  ...range(1, 94),
  ...range(103, 119),
  ...range(121, 122),
  124,
  ...range(125, 143),
  ...range(149, 151),
  ...range(153, 154),
  ...range(156, 157),
  ...range(162, 197),
  199,
  218,
];

/** The numbers of the rules that a text cites: `L46`, `L43–L47`, `L84-L87`. */
export function rulesCitedIn(text: string): Set<number> {
  const cited = new Set<number>();
  for (const [, first, last] of text.matchAll(/\bL(\d{1,3})(?:\s?[–-]\s?L(\d{1,3}))?\b/g)) {
    for (const rule of range(Number(first), Number(last ?? first))) {
      cited.add(rule);
    }
  }
  return cited;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}
