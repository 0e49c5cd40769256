import type { Entry, ScalarNode } from "../source/node.ts";
import type { Call, Finder } from "./calls.ts";
import { operationOf } from "./catalogue-index.ts";

/** An action that is text and not a name (L185): `echo "hello"`, `!ls`, `write … to out/a.txt`; `undefined` for any other. */
export function textForm(finder: Finder, action: Entry, text: string): Call | undefined {
  const { value } = action;
  const form = formOf(text);
  if (value.kind !== "scalar" || form === undefined) {
    return undefined;
  }
  const { parameter, start, end } = form;
  const entry: Entry = { key: parameter, keyStart: action.keyStart, value: part(value, form) };
  return start < end ? callOf(finder, form, entry) : undefined;
}

/** Which part of a text is which parameter of what. */
type Form = {
  readonly tool: string | null;
  readonly operation: string;
  readonly parameter: string;
  /** In the trimmed text. */
  readonly start: number;
  readonly end: number;
};

function callOf(
  { index, arguments: given }: Finder,
  { tool, operation }: Form,
  entry: Entry,
): Call | undefined {
  const all = [{ entry, path: "action" }, ...given];
  if (tool === null) {
    const spec = index.actions.get(operation)?.operation;
    return spec && { tool, spec, arguments: all };
  }
  const found = index.tools.get(tool);
  const spec = found && operationOf(found, operation);
  return found && spec && { tool: found.name, spec, arguments: all };
}

function formOf(text: string): Form | undefined {
  if (text.startsWith("!")) {
    const place = { start: text.length - text.slice(1).trimStart().length, end: text.length };
    return { tool: "terminal", operation: "execute", parameter: "command", ...place };
  }
  return echoForm(text) ?? writeForm(text);
}

const ECHO = /^(?:echo|print|display|show|output)\s+(?=\S)/i;
const QUOTES = new Set(['"', "'"]);

/** Quotes around the whole message are no part of it. */
function echoForm(text: string): Form | undefined {
  const head = ECHO.exec(text)?.[0].length;
  if (head === undefined) {
    return undefined;
  }
  const first = text[head] ?? "";
  const isQuoted = text.length > head + 2 && QUOTES.has(first) && text.endsWith(first);
  const place = isQuoted
    ? { start: head + 1, end: text.length - 1 }
    : { start: head, end: text.length };
  return { tool: null, operation: "echo", parameter: "message", ...place };
}

const WRITES = new Set(["write", "save", "export"]);

/** What is written where: the path is the last word, templates in it may have spaces, and it has a dot or a slash. */
function writeForm(text: string): Form | undefined {
  const start = lastWordAt(text);
  const words = text.slice(0, start).trim().toLowerCase().split(/\s+/);
  const says =
    (WRITES.has(words[0] ?? "") && words.length > 1 && words.at(-1) === "to") ||
    words.join(" ") === "create file at";
  const place = { start, end: text.length };
  return says && /[./]/.test(text.slice(start))
    ? { tool: "filesystem", operation: "write", parameter: "path", ...place }
    : undefined;
}

/** Where the last word of a text begins; `{{ … }}` is part of a word. */
function lastWordAt(text: string): number {
  let at = text.length;
  while (at > 0 && !/\s/.test(text.charAt(at - 1))) {
    const opening = text.endsWith("}}", at) ? text.lastIndexOf("{{", at - 2) : -1;
    at = opening === -1 ? at - 1 : opening;
  }
  return at;
}

/** A part of a scalar that knows its place in it. */
function part(scalar: ScalarNode, { start, end }: Form): ScalarNode {
  const whole = String(scalar.value);
  const from = whole.length - whole.trimStart().length + start;
  return {
    ...scalar,
    value: whole.trim().slice(start, end),
    written: { scalar, indexOf: (index) => from + index },
  };
}
