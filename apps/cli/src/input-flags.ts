import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { type JsonObject, type Plan, readInputWords } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

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
  const words = readInputWords(input, plan?.inputs ?? []);
  if (words.kind === "refused") {
    throw new CliError(`-i: ${words.message}`, EXIT.usage);
  }
  return { ...(context === undefined ? {} : jsonFile(io, context)), ...words.inputs };
}

/** The object in a JSON file that a flag names. */
export function jsonFile({ cwd }: Pick<Io, "cwd">, path: string): JsonObject {
  const json = parsed(readText(resolve(cwd, path), path));
  if (!isObject(json)) {
    throw new CliError(`${path} must hold a JSON object`, EXIT.usage);
  }
  return json;
}

function readText(absolute: string, path: string): string {
  try {
    return readFileSync(absolute, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(`cannot read ${path}: ${reason}`, EXIT.usage, { cause: error });
  }
}

function parsed(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined; // Not JSON.
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
