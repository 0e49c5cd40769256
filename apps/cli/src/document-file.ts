import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { CliError } from "./cli-error.ts";
import { DocumentFolder } from "./document-folder.ts";
import { EXIT } from "./exit-code.ts";
import type { Io } from "./io.ts";

/** Read a pipeline's document, or say that there is none. */
export function readDocument({ cwd }: Pick<Io, "cwd">, file: string): string {
  try {
    return readFileSync(resolve(cwd, file), "utf8");
  } catch (error) {
    throw new CliError(`cannot read ${file}: ${reasonOf(error)}`, EXIT.usage, { cause: error });
  }
}

/** The directory that a document lies in: what it includes is looked up there (L167). */
export function folderOfDocument({ cwd }: Pick<Io, "cwd">, file: string): DocumentFolder {
  return new DocumentFolder(dirname(resolve(cwd, file)));
}

/** Whether an argument names a file, rather than a stored pipeline. */
export function isFileArgument({ cwd }: Pick<Io, "cwd">, argument: string): boolean {
  return /[/\\]|\.ya?ml$/i.test(argument) || existsSync(resolve(cwd, argument));
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  return error instanceof Error ? error.message : String(error);
}
