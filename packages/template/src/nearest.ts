const FAR = 3;

/** The candidates that a misspelt word may mean, nearest first (L17): at most two edits and a third of the candidate. */
export function nearest(word: string, candidates: Iterable<string>): string[] {
  const wanted = folded(word);
  const found: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates) {
    const known = folded(candidate);
    const allowed = Math.min(FAR - 1, Math.floor(known.length / 3));
    if (Math.abs(known.length - wanted.length) > allowed) continue;
    const distance = editDistance(wanted, known, allowed);
    if (distance <= allowed) found.push({ candidate, distance });
  }
  return found.toSorted((a, b) => a.distance - b.distance).map(({ candidate }) => candidate);
}

function folded(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, "");
}

/** Levenshtein's distance, one row at a time, given up once it is beyond `most`. */
function editDistance(a: string, b: string, most: number): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const replaced = (row[j - 1] ?? FAR) + change;
      const distance = Math.min(replaced, (row[j] ?? FAR) + 1, (next[j - 1] ?? FAR) + 1);
      next.push(distance);
      least = Math.min(least, distance);
    }
    if (least > most) return FAR;
    row = next;
  }
  return row[b.length] ?? FAR;
}
