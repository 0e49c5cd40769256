/** The known names that are nearest to a word, best first: what a writer may have meant (L135). */
export function nearNames(word: string, known: Iterable<string>): readonly string[] {
  const wanted = plain(word);
  const most = Math.max(2, Math.floor(wanted.length / 3));
  return [...new Set(known)]
    .map((name) => ({ name, distance: closeness(wanted, plain(name)) }))
    .filter(({ distance }) => distance <= most)
    .toSorted(
      (a, b) =>
        a.distance - b.distance || a.name.length - b.name.length || (a.name < b.name ? -1 : 1),
    )
    .slice(0, MAX_NAMES)
    .map(({ name }) => name);
}

const MAX_NAMES = 3;
/** Longer words are not compared letter by letter. */
const MAX_LENGTH = 100;

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/g, "");
}

/** A beginning counts as near: `gpt-4o` is meant by many who write `gpt-4`. */
function closeness(a: string, b: string): number {
  if (a.length > MAX_LENGTH || b.length > MAX_LENGTH) return Number.POSITIVE_INFINITY;
  const bare = b.slice(b.indexOf("/") + 1);
  const begins = a.length >= 3 && (b.startsWith(a) || bare.startsWith(a));
  return begins ? 1 : Math.min(editDistance(a, b), editDistance(a, bare));
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
