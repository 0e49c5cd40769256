const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const PARTS = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d)\s*)+$/i;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/gi;
const SECONDS = /^\d+(?:\.\d+)?$/;
const ISO =
  /^P(?!$)(?:(\d+)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?!$)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;
const ISO_MS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1_000];

/** The milliseconds of a duration: seconds, or text such as `1h30m` or `PT5M` (L6); `undefined` for anything else. */
export function durationMs(value: unknown): number | undefined {
  const ms = typeof value === "number" ? value * 1_000 : textMs(value);
  return ms === undefined || !Number.isFinite(ms) || ms < 0 ? undefined : Math.round(ms);
}

function textMs(value: unknown): number | undefined {
  if (typeof value !== "string") {
    return undefined;
  }
  const text = value.trim();
  if (SECONDS.test(text)) {
    return Number(text) * 1_000;
  }
  if (PARTS.test(text)) {
    return [...text.matchAll(PART)].reduce(
      (sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit?.toLowerCase() ?? ""] ?? 0),
      0,
    );
  }
  const iso = ISO.exec(text);
  return iso === null
    ? undefined
    : ISO_MS.reduce((sum, unitMs, i) => sum + Number(iso[i + 1] ?? 0) * unitMs, 0);
}
