import { parse } from "csv-parse/sync";

import { booleanOf, cellText, isEmptyCell, numberOf } from "./cell.ts";
import { DataError } from "./data-error.ts";
import { type Row, type Table, cellOf, checkRowCount, columnsOf } from "./table.ts";

/** Reads RFC 4180 text whose first line is the header (L192). */
export function parseCsv(
  text: string,
  { delimiter, typed }: { readonly delimiter: "," | "\t"; readonly typed: boolean },
): Table {
  const [header, ...records] = recordsOf(text, delimiter);
  if (header === undefined) {
    return { rows: [], columns: [] };
  }
  checkRowCount(records.length);
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new DataError(`the header has two columns ${JSON.stringify(twice)}`);
  }
  const rows = records.map((cells, i): Row => {
    if (cells.length > header.length) {
      throw new DataError(
        `row ${i + 1} has ${cells.length} cells, but the header has ${header.length}`,
      );
    }
    return Object.fromEntries(header.map((name, column) => [name, cells[column] ?? ""]));
  });
  const table = { rows, columns: header };
  return typed ? typedTable(table) : table;
}

/** Writes a table as RFC 4180 text, every line ending in LF (L192). */
export function writeCsv(table: Table, { delimiter }: { readonly delimiter: "," | "\t" }): string {
  const columns = columnsOf(table);
  if (columns.length === 0) {
    return "";
  }
  const lines = table.rows.map((row) => columns.map((column) => cellText(cellOf(row, column))));
  return [columns, ...lines].map((cells) => line(cells, delimiter)).join("");
}

function recordsOf(text: string, delimiter: string): string[][] {
  try {
    const records: string[][] = parse(text, {
      bom: true,
      delimiter,
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      skip_empty_lines: true,
    });
    return records;
  } catch (error) {
    throw new DataError(`not CSV: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function line(cells: readonly string[], delimiter: string): string {
  // A line without any character would be no record.
  const text = cells.length === 1 && cells[0] === "" ? '""' : cells.map(quoted).join(delimiter);
  return `${text}\n`;

  function quoted(cell: string): string {
    const needsQuotes = cell.includes(delimiter) || /["\r\n]|^\uFEFF/.test(cell);
    return needsQuotes ? `"${cell.replaceAll('"', '""')}"` : cell;
  }
}

/** Converts the columns whose every cell that is not empty is a number, or a boolean. */
function typedTable(table: Table): Table {
  let { rows } = table;
  for (const column of table.columns ?? []) {
    const cells = rows.map((row) => cellOf(row, column)).filter((cell) => !isEmptyCell(cell));
    const read = [numberOf, booleanOf].find((each) =>
      cells.every((cell) => each(cell) !== undefined),
    );
    if (read !== undefined && cells.length > 0) {
      rows = rows.map((row) => ({ ...row, [column]: read(cellOf(row, column)) ?? null }));
    }
  }
  return { ...table, rows };
}
