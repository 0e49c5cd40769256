import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import type { Json, JsonObject, Plan } from "@orchestrator/pipeline";

import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-code.ts";
import type { Io } from "./io.ts";

/** The flags that give inputs: `-i k=v`, and `-c` with a JSON file (L22, L23). */
export type InputFlags = { readonly input?: readonly string[]; readonly context?: string };

/** The inputs that the flags supply; `-i` wins over the file. Where the plan is not known, text that is JSON is read as such. */
export function suppliedInputs(
  io: Pick<Io, "cwd">,
  plan: Pick<Plan, "inputs"> | undefined,
  { input = [], context }: InputFlags,
): JsonObject {
  const types = new Map(plan?.inputs.map(({ name, type }) => [name, type.kind]));
  const fromFlags = input.map((pair): [string, Json] => {
    const at = pair.indexOf("=");
    if (at < 1) {
      throw new CliError(`-i must be like name=value, got "${pair}"`, EXIT.usage);
    }
    const name = pair.slice(0, at);
    return [name, valueFrom(pair.slice(at + 1), types.get(name))];
  });
  return {
    ...(context === undefined ? {} : contextFile(io, context)),
    ...Object.fromEntries(fromFlags),
  };
}

/** L23: JSON when it parses, else text; a string stays as typed unless it is a quoted JSON string, an array splits at commas. */
function valueFrom(text: string, kind: string | undefined): Json {
  const json = parsed(text);
  if (kind === "string" || kind === "file" || kind === "path") {
    return typeof json === "string" ? json : text;
  }
  if (json !== undefined) {
    return json;
  }
  return kind === "array" ? text.split(",").map((part) => part.trim()) : text;
}

function contextFile({ cwd }: Pick<Io, "cwd">, path: string): JsonObject {
  const text = readText(resolve(cwd, path), path);
  const json = parsed(text);
  if (!isObject(json)) {
    throw new CliError(`${path} must hold a JSON object`, EXIT.usage);
  }
  return json;
}

function readText(absolute: string, path: string): string {
  try {
    return readFileSync(absolute, "utf8");
  } catch (error) {
    throw new CliError(`cannot read ${path}: ${String(error)}`, EXIT.usage, { cause: error });
  }
}

function parsed(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined; // Text.
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
