import { nearest } from "@orchestrator/template";

/** The names that a word nearly is (L17), best first. */
export function nearNames(word: string, names: Iterable<string>): readonly string[] {
  return nearest(word, names);
}

/** The name of all that has the fewest differences from a word; `undefined` when there is no name. */
export function closestName(word: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  const plainWord = plain(word);
  for (const name of names) {
    const distance = editDistance(plainWord, plain(name));
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** A tail for messages: what may have been meant. */
export function didYouMean(suggestions: readonly string[]): string {
  const [first] = suggestions;
  return first === undefined ? "" : `; did you mean ${first}?`;
}

const LONGEST = 64;

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, "").slice(0, LONGEST);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
