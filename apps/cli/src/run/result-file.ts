import { accessSync, constants, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import type { Io } from "../io.ts";

/** Say at once, not after the run, that its document cannot be written where `-o` wants it. */
export function checkResultPlace({ cwd }: Pick<Io, "cwd">, path: string): void {
  const problem = problemOf(resolve(cwd, path));
  if (problem !== undefined) {
    throw new CliError(`cannot write ${path}: ${problem}`, EXIT.usage);
  }
}

/** Write a run's document; where that fails after all, say how to get it. */
export function writeResult(
  { cwd }: Pick<Io, "cwd">,
  { path, text, runId }: { readonly path: string; readonly text: string; readonly runId: string },
): void {
  try {
    writeFileSync(resolve(cwd, path), text);
  } catch (error) {
    throw new CliError(
      `cannot write ${path}: ${reasonOf(error)}; print it with: orchestrator runs get ${runId}`,
      EXIT.runFailed,
      { cause: error },
    );
  }
}

function problemOf(place: string): string | undefined {
  try {
    accessSync(dirname(place), constants.W_OK);
    const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
    return isFolder ? "it is a folder" : undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
