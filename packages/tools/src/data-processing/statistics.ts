/** The sum of numbers. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** The mean; null of nothing. */
export function mean(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : sum(numbers) / numbers.length;
}

/** The value in the middle, or the mean of the two there; null of nothing. */
export function median(numbers: readonly number[]): number | null {
  const sorted = ascending(numbers);
  const middle = Math.floor(sorted.length / 2);
  return mean(
    sorted.length % 2 === 0
      ? sorted.slice(middle - 1, middle + 1)
      : sorted.slice(middle, middle + 1),
  );
}

/** The standard deviation of a sample; null of fewer than two. */
export function standardDeviation(numbers: readonly number[]): number | null {
  const center = mean(numbers);
  if (center === null || numbers.length < 2) {
    return null;
  }
  return Math.sqrt(sum(numbers.map((each) => (each - center) ** 2)) / (numbers.length - 1));
}

/** The least number; null of nothing. */
export function least(numbers: readonly number[]): number | null {
  // Not by Math.min, whose arguments stand on the stack.
  return numbers.reduce<number | null>(
    (low, each) => (low === null || each < low ? each : low),
    null,
  );
}

/** The greatest number; null of nothing. */
export function greatest(numbers: readonly number[]): number | null {
  return numbers.reduce<number | null>(
    (high, each) => (high === null || each > high ? each : high),
    null,
  );
}

/** The bounds beyond which a number is an outlier: 1.5 × IQR, quartiles at n//4 and 3n//4 (L195). */
export function outlierBounds(numbers: readonly number[]): { low: number; high: number } {
  const sorted = ascending(numbers);
  const q1 = sorted[Math.floor(sorted.length / 4)] ?? 0;
  const q3 = sorted[Math.floor((3 * sorted.length) / 4)] ?? 0;
  const reach = 1.5 * (q3 - q1);
  return { low: q1 - reach, high: q3 + reach };
}

/** A share in percent, with two decimals; 0 of nothing. */
export function percentage(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 100;
}

function ascending(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}
