const MAX_DISTANCE = 3;

/** The known key that a mistyped one most likely means, or undefined. */
export function nearestKey(key: string, known: Iterable<string>): string | undefined {
  let best: { readonly key: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = Math.min(
      editDistance(key, candidate),
      // The right word in the wrong section is one mistake too.
      lastOf(key) === lastOf(candidate) ? MAX_DISTANCE : Infinity,
    );
    if (distance <= MAX_DISTANCE && distance < (best?.distance ?? Infinity)) {
      best = { key: candidate, distance };
    }
  }
  return best?.key;
}

function lastOf(key: string): string {
  return key.slice(key.lastIndexOf(".") + 1);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? Infinity;
}
