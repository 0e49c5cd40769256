import type { PipelineFacts } from "../plan.ts";
import { type Entry, wordOf } from "../source/node.ts";
import { type Context, find } from "./context.ts";
import { checkName, slugOf } from "./names.ts";
import type { Keys } from "./read-keys.ts";
import { textValue } from "./values.ts";

const VERSION = /^\d+\.\d+\.\d+$/;

/** Read what a document says of itself (L16, L19). */
export function readFacts(context: Context, keys: Keys): PipelineFacts {
  const name = text(context, keys.get("name"))?.trim() ?? "";
  if (name === "" && !isRefused(keys.get("name"))) {
    find(context, "missing_key", {
      where: { step: null, path: "name", offset: context.source.root.start },
      message: "a document needs a name",
      suggestions: ["name: <text>"],
    });
  }
  checkLanguage(context, keys.get("language"));
  return {
    id: idOf(context, keys.get("id"), name),
    name,
    description: text(context, keys.get("description")) ?? null,
    version: versionOf(context, keys.get("version")),
  };
}

function text(context: Context, entry: Entry | undefined): string | undefined {
  return entry === undefined
    ? undefined
    : textValue(context, { entry, where: { step: null, path: entry.key, offset: entry.keyStart } });
}

/** A name of a wrong shape has its finding already. */
function isRefused(entry: Entry | undefined): boolean {
  return entry !== undefined && entry.value.kind !== "scalar";
}

function idOf(context: Context, entry: Entry | undefined, name: string): string {
  const id = text(context, entry)?.trim();
  if (entry === undefined || id === undefined) {
    return slugOf(name);
  }
  checkName(context, id, { step: null, path: "id", offset: entry.value.start });
  return id;
}

function checkLanguage(context: Context, entry: Entry | undefined): void {
  const word = wordOf(entry?.value);
  if (entry !== undefined && word !== undefined && word.split(".")[0] !== "1") {
    find(context, "language_version", {
      where: { step: null, path: "language", offset: entry.value.start },
      message: `this compiler reads version 1 of the language, not ${word}`,
      suggestions: ['language: "1"'],
    });
  }
}

function versionOf(context: Context, entry: Entry | undefined): string | null {
  const version = text(context, entry)?.trim() ?? null;
  const written = entry?.value;
  const isNumber = written?.kind === "scalar" && typeof written.value === "number";
  if (version !== null && entry !== undefined && !isNumber && !VERSION.test(version)) {
    find(context, "version_format", {
      where: { step: null, path: "version", offset: entry.value.start },
      message: `version is of the form N.N.N, not ${version}`,
    });
  }
  return version;
}
