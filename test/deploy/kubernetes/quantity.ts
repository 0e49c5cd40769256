const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

/** An amount as Kubernetes writes it (`250m`, `512Mi`), in units of one; NaN where it is none. */
export function quantity(value: unknown): number {
  const [, amount = "", unit = ""] = /^([\d.]+)([A-Za-z]*)$/.exec(String(value)) ?? [];
  return amount === "" ? Number.NaN : Number(amount) * (UNITS[unit] ?? Number.NaN);
}
