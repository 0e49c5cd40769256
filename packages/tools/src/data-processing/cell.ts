import type { Json } from "@orchestrator/template";

/** Whether a cell holds nothing: absent, `null` or blank text. */
export function isEmptyCell(cell: Json | undefined): cell is undefined | null | "" {
  return cell === undefined || cell === null || (typeof cell === "string" && cell.trim() === "");
}

/** The number that a cell reads as, after dropping `,` `$` and spaces (L194). */
export function numberOf(cell: Json | undefined): number | undefined {
  if (typeof cell === "number") {
    return cell;
  }
  if (typeof cell !== "string") {
    return undefined;
  }
  const plain = cell.replaceAll(/[,$\s]/g, "");
  return NUMBER.test(plain) ? finite(Number(plain)) : undefined;
}

/** The boolean that a cell reads as. */
export function booleanOf(cell: Json | undefined): boolean | undefined {
  if (typeof cell === "boolean") {
    return cell;
  }
  const word = typeof cell === "string" ? cell.trim().toLowerCase() : "";
  return word === "true" || word === "false" ? word === "true" : undefined;
}

/** The point in time, in milliseconds since 1970, that an ISO date or date-time names; without a zone it is UTC. */
export function timeOf(cell: Json | undefined): number | undefined {
  const parts = typeof cell === "string" ? ISO.exec(cell.trim()) : null;
  if (parts === null) {
    return undefined;
  }
  const { date = "", time = "00:00", zone = "Z" } = parts.groups ?? {};
  const ms = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  return finite(ms);
}

/**
 * The order of two cells (L194): as numbers, booleans or dates where both read as such, else as text.
 * Undefined when either is empty: nothing is above or below it.
 */
export function compareCells(a: Json | undefined, b: Json | undefined): number | undefined {
  if (isEmptyCell(a) || isEmptyCell(b)) {
    return undefined;
  }
  for (const read of [numberOf, booleanOf, timeOf]) {
    const [left, right] = [read(a), read(b)];
    if (left !== undefined && right !== undefined) {
      return Number(left) - Number(right);
    }
  }
  const [left, right] = [cellText(a), cellText(b)];
  if (left === right) {
    return 0;
  }
  return left < right ? -1 : 1;
}

/** Whether two cells are equal (L194); empty ones equal each other. */
export function areEqual(a: Json | undefined, b: Json | undefined): boolean {
  return isEmptyCell(a) || isEmptyCell(b)
    ? isEmptyCell(a) && isEmptyCell(b)
    : compareCells(a, b) === 0;
}

/** A text that is the same for cells that are equal. */
export function keyOf(cell: Json | undefined): string {
  if (isEmptyCell(cell)) {
    return "empty";
  }
  const read = numberOf(cell) ?? booleanOf(cell);
  if (read !== undefined) {
    return `${typeof read} ${read}`;
  }
  const time = timeOf(cell);
  return time === undefined ? `text ${cellText(cell)}` : `time ${time}`;
}

/** A text that is the same for cells of the same type and value. */
export function exactKeyOf(cells: readonly (Json | undefined)[]): string {
  return JSON.stringify(cells.map((cell) => (cell === undefined ? [] : [cell])));
}

/** A cell as text: `null` is empty, booleans are `true` and `false`, nested values are JSON (L192). */
export function cellText(cell: Json | undefined): string {
  if (cell === undefined || cell === null) {
    return "";
  }
  return typeof cell === "string" ? cell : JSON.stringify(cell);
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const ISO =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:[Tt ](?<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?<zone>[Zz]|[+-]\d{2}:\d{2})?)?$/;

function finite(number: number): number | undefined {
  return Number.isFinite(number) ? number : undefined;
}
