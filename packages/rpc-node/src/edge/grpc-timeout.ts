const UNITS_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Reads `grpc-timeout`; Infinity when there is none, or none that can be read. */
export function grpcTimeoutMs(value: string | undefined): number {
  const [, amount, unit] = /^(\d{1,8})([HMSmun])$/.exec(value ?? "") ?? [];
  return amount === undefined || unit === undefined
    ? Infinity
    : Number(amount) * (UNITS_MS[unit] ?? Infinity);
}
