/** One measured figure, as `npm run bench` prints it: a JSON object on a line of its own. */
export type ResultLine = {
  readonly bench: string;
  readonly case: string;
  readonly profile: string;
  readonly store: string;
  readonly value: number;
  readonly unit: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly [more: string]: unknown;
};

/** Print a figure on stdout; numbers keep four significant digits. */
export function printResult(line: ResultLine): void {
  console.log(JSON.stringify(line, rounded));
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value)
    ? Number(value.toPrecision(4))
    : value;
}
