import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";

import { substitute } from "./substitute.ts";

/** One key of a file with its value: a scalar or a list, undefined where it is empty. */
export type FileEntry = { readonly value: unknown; readonly where: string };

/** A settings file, its nested keys joined with dots. */
export type SettingsFile = {
  readonly entries: ReadonlyMap<string, FileEntry>;
  readonly problems: readonly string[];
};

export const NO_FILE: SettingsFile = { entries: new Map(), problems: [] };

const MAX_ALIASES = 100;
/** Of keys within keys; an alias within what it stands for would go on for ever. */
const MAX_DEPTH = 16;

/** Reads a settings file; `name` is what problems call it. */
export function parseSettingsFile(
  text: string,
  { name, env }: { name: string; env: Readonly<Record<string, string | undefined>> },
): SettingsFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const entries = new Map<string, FileEntry>();
  const problems = document.errors.map(
    ({ message, pos }) => `${name}:${lines.linePos(pos[0]).line}: ${message}`,
  );
  const whereOf = (node: Node | null): string => {
    const start = node?.range?.[0];
    return start === undefined ? name : `${name}:${lines.linePos(start).line}`;
  };
  const resolve = (value: unknown, where: string): unknown => {
    if (Array.isArray(value)) {
      return value.map((item) => resolve(item, where));
    }
    if (isRecord(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, resolve(item, where)]),
      );
    }
    if (typeof value !== "string") {
      return value;
    }
    const result = substitute(value, env);
    if (result.kind === "problem") {
      problems.push(`${where}: ${result.message}`);
      return "";
    }
    return result.text;
  };
  const walk = (node: YAMLMap, path: readonly string[]): void => {
    for (const { key, value: given } of node.items) {
      const inner = [...path, isScalar(key) ? String(key.value) : String(key)];
      const where = whereOf(isScalar(key) ? key : node);
      const value = isAlias(given) ? given.resolve(document) : given;
      if (isMap(value) && inner.length > MAX_DEPTH) {
        problems.push(`${where}: nested deeper than ${MAX_DEPTH} keys`);
      } else if (isMap(value) && value.items.length > 0) {
        walk(value, inner);
      } else {
        const resolved = resolve(plainOf(value, document), where);
        entries.set(inner.join("."), { value: resolved === "" ? undefined : resolved, where });
      }
    }
  };
  if (problems.length === 0 && document.contents !== null && !isMap(document.contents)) {
    problems.push(`${name}:1: a settings file is a mapping`);
  }
  if (isMap(document.contents)) {
    walk(document.contents, []);
  }
  return { entries, problems };
}

/** The value of a scalar or a list; undefined for what is empty. */
function plainOf(node: unknown, document: Document): unknown {
  return isScalar(node) || isSeq(node)
    ? (node.toJS(document, { maxAliasCount: MAX_ALIASES }) ?? undefined)
    : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
