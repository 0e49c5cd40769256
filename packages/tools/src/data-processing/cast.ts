import type { JsonObject } from "@orchestrator/pipeline";
import { type Json, textOf } from "@orchestrator/template";

import { isMapping, wordParameter } from "../parameters.ts";
import { booleanOf, cellText, isEmptyCell, numberOf, timeOf } from "./cell.ts";
import { DataError, invalidParameter } from "./data-error.ts";
import { type Row, type Table, cellOf, checkColumns } from "./table.ts";

/** Gives columns a type; an empty cell is `null` (L196). */
export function cast(table: Table, parameters: JsonObject): Table {
  const { columns } = parameters;
  if (!isMapping(columns)) {
    throw invalidParameter("cast needs columns: types by column");
  }
  const errors = wordParameter({ errors: "fail", ...parameters }, "errors", [
    "fail",
    "null",
    "keep",
  ]);
  const casts = Object.entries(columns).map(([column, type]) => ({
    column,
    type: textOf(type),
    read: readerOf(textOf(type)),
  }));
  checkColumns(
    table,
    casts.map(({ column }) => column),
  );
  const rows = table.rows.map((row, i): Row => {
    const cells = casts.map(({ column, type, read }): [string, Json] => {
      const cell = cellOf(row, column);
      const value = isEmptyCell(cell) ? null : read(cell);
      if (value === undefined && errors === "fail") {
        throw new DataError(`row ${i + 1}: ${column}: ${cellText(cell)} is no ${type}`);
      }
      return [column, value ?? (errors === "keep" ? (cell ?? null) : null)];
    });
    return { ...row, ...Object.fromEntries(cells) };
  });
  return { ...table, rows };
}

type Reader = (cell: Json) => Json | undefined;

function readerOf(type: string): Reader {
  const reader = READERS.get(type.trim().toLowerCase());
  if (reader === undefined) {
    throw invalidParameter(`unknown type ${type}: ${[...READERS.keys()].join(", ")}`);
  }
  return reader;
}

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ["yes", true],
  ["on", true],
  ["1", true],
  ["no", false],
  ["off", false],
  ["0", false],
]);
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["integer", integerOf],
  ["int", integerOf],
  ["float", numberOf],
  ["number", numberOf],
  ["boolean", (cell) => booleanOf(cell) ?? WORDS.get(cellText(cell).trim().toLowerCase())],
  ["bool", (cell) => booleanOf(cell) ?? WORDS.get(cellText(cell).trim().toLowerCase())],
  ["string", cellText],
  ["date", (cell) => isoText(cell)?.slice(0, 10)],
  ["datetime", isoText],
]);

function integerOf(cell: Json): number | undefined {
  const number = numberOf(cell);
  return number !== undefined && Number.isInteger(number) ? number : undefined;
}

/** ISO 8601 as Python writes it; a zone stays as it is. */
function isoText(cell: Json): string | undefined {
  if (timeOf(cell) === undefined) {
    return undefined;
  }
  const text = cellText(cell).trim();
  const [date, time = "00:00:00"] = text.split(/[Tt ]/);
  const seconds = /^\d{2}:\d{2}(?!:)/.test(time) ? time.replace(/^\d{2}:\d{2}/, "$&:00") : time;
  return `${date}T${seconds.replace(/[Zz]$/, "+00:00")}`;
}
