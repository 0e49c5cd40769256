import { extname } from "node:path";

import { parse } from "csv-parse/sync";

/** A file that a run left behind. */
export type Artefact = { readonly path: string; readonly content: Buffer };

/** What makes a run's leavings unclean: the file, where in it, and what is wrong. */
export type Fault = { readonly path: string; readonly line?: number; readonly fault: string };

/** What has no place in a file whatever its kind. */
const TRACES: readonly (readonly [RegExp, string])[] = [
  [/\[object [A-Z]\w*\]/, "an object where its text belongs"],
  [/\{\{|\{%/, "a template that was not rendered"],
  [/<AUTO\b/, "an AUTO that was not asked"],
  [/\$\{?(?:inputs|parameters|outputs)\./, "a reference that was not rendered"],
  [/(?:^|[:=|,]\s*)(?:undefined|None|NaN)\s*(?:$|[,|])/, "no value where a value belongs"],
  [/\{'\w+': /, "the dump of an object"],
];
const TEXTS = new Set([
  ".txt",
  ".md",
  ".markdown",
  ".html",
  ".csv",
  ".tsv",
  ".json",
  ".yaml",
  ".yml",
]);

/** Look a file over, as a reader would who knows what its name promises. */
export function lintArtefact({ path, content }: Artefact): Fault[] {
  const kind = extname(path).toLowerCase();
  if (!TEXTS.has(kind) && content.includes(0)) {
    return [];
  }
  const text = content.toString("utf8");
  const traces = text.split("\n").flatMap((line, index) =>
    TRACES.filter(([trace]) => trace.test(line)).map(([, fault]) => ({
      path,
      line: index + 1,
      fault: `${fault}: ${excerpt(line)}`,
    })),
  );
  return [...traces, ...ofItsKind(kind, text).map((fault) => ({ path, fault }))];
}

function ofItsKind(kind: string, text: string): string[] {
  switch (kind) {
    case ".json":
      return parsed(text) === undefined ? ["is not JSON"] : [];
    case ".csv":
    case ".tsv":
      return tableFaults(text, kind === ".csv" ? "," : "\t");
    case ".txt":
    case ".md":
    case ".markdown":
      return isContainer(parsed(text)) ? ["is JSON where a text was asked for"] : [];
    default:
      return [];
  }
}

function tableFaults(text: string, delimiter: string): string[] {
  if (isContainer(parsed(text))) {
    return ["is JSON where a table was asked for"];
  }
  if (text.trim() === "") {
    return ["is an empty table"];
  }
  try {
    const rows: string[][] = parse(text, { delimiter });
    return rows.length === 0 ? ["is an empty table"] : [];
  } catch (error) {
    return [`is no table: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Look a result document over: no output of steps that ran is null, and no text of it is the trace of a bug. */
export function lintDocument(document: unknown): Fault[] {
  const { steps = {}, outputs = {} } = isRecord(document) ? document : {};
  const ranAll = values(steps).every((step) => isRecord(step) && step["status"] === "completed");
  const nulls = ranAll ? entries(outputs).filter(([, value]) => value === null) : [];
  const traces = entries(outputs).flatMap(([name, value]) =>
    typeof value === "string"
      ? TRACES.filter(([trace]) => trace.test(value)).map(([, fault]) => ({
          path: `outputs.${name}`,
          fault: `${fault}: ${excerpt(value)}`,
        }))
      : [],
  );
  return [
    ...nulls.map(([name]) => ({ path: `outputs.${name}`, fault: "is null though every step ran" })),
    ...traces,
  ];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON.
  }
}

function isContainer(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function entries(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}

function values(value: unknown): unknown[] {
  return isRecord(value) ? Object.values(value) : [];
}

function excerpt(line: string): string {
  const text = line.trim();
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
