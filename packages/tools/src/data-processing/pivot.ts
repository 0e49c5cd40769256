import type { JsonObject } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { namesParameter, textParameter } from "../parameters.ts";
import { figureOf, groupsOf } from "./aggregate.ts";
import { cellText } from "./cell.ts";
import { type Row, type Table, cellOf, checkColumns } from "./table.ts";

/** Makes a row of every index and a column of every value of `columns`, by first appearance (L195). */
export function pivot(table: Table, parameters: JsonObject): Table {
  const index = namesParameter(parameters, "index");
  const values = namesParameter(parameters, "values");
  const columns = namesParameter(parameters, "columns");
  checkColumns(table, [...index, ...values, ...columns]);
  const word = textParameter(parameters, "aggfunc");
  const fill = parameters["fill_value"] ?? null;
  const names = [
    ...new Set(table.rows.flatMap((row) => values.map((value) => nameOf(row, value)))),
  ];
  const rows = groupsOf(table.rows, index).map(({ cells: place, rows: members }) => {
    const found = new Map<string, (Json | undefined)[]>();
    for (const row of members) {
      for (const value of values) {
        const name = nameOf(row, value);
        const cells = found.get(name) ?? [];
        cells.push(cellOf(row, value));
        found.set(name, cells);
      }
    }
    return Object.fromEntries([
      ...index.map((column, i): [string, Json] => [column, place[i] ?? null]),
      ...names.map((name): [string, Json] => [name, figureAt(found.get(name))]),
    ]);
  });
  return { rows, columns: [...index, ...names] };

  function nameOf(row: Row, value: string): string {
    const named = columns.map((column) => cellText(cellOf(row, column)));
    return [...named, ...(values.length > 1 || columns.length === 0 ? [value] : [])].join("_");
  }

  function figureAt(cells: readonly (Json | undefined)[] | undefined): Json {
    return cells === undefined ? fill : (figureOf(word, cells) ?? fill);
  }
}
