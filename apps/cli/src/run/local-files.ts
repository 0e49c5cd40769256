import { readFileSync, statSync } from "node:fs";
import { isAbsolute, normalize, resolve } from "node:path";

import type { JsonObject, Plan } from "@orchestrator/pipeline";

import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import type { Io } from "../io.ts";

type LocalFile = { readonly path: string; readonly content: Uint8Array };

/** Bytes of files that one request may carry: what a message has room for, beside a document and its inputs. */
const MAX_BYTES = 12 << 20;

/** The local files that inputs of type `file` name, by their value or their default, to be sent along to a mesh elsewhere. */
export function localFiles(
  { cwd }: Pick<Io, "cwd">,
  plan: Plan | undefined,
  inputs: JsonObject,
): LocalFile[] {
  const paths = (plan?.inputs ?? [])
    .filter(({ type }) => type.kind === "file" || type.kind === "path")
    .flatMap(({ name, default: fallback }) => {
      const value = inputs[name] ?? (fallback?.kind === "literal" ? fallback.value : undefined);
      return typeof value === "string" && value !== "" ? [value] : [];
    });
  const files = [...new Set(paths.map((path) => normalize(path)))].filter((path) =>
    isLocalFile(resolve(cwd, path)),
  );
  const outside = files.filter((path) => isAbsolute(path) || path.startsWith(".."));
  if (outside.length > 0) {
    throw new CliError(
      `${outside.join(", ")} lies outside the current folder, so it has no place in the run's workspace`,
      EXIT.usage,
    );
  }
  const found = files.map((path) => ({ path, content: readFileSync(resolve(cwd, path)) }));
  const bytes = found.reduce((sum, { content }) => sum + content.length, 0);
  if (bytes > MAX_BYTES) {
    throw new CliError(
      `the input files have ${bytes} bytes; a request may carry ${MAX_BYTES}`,
      EXIT.usage,
    );
  }
  return found;
}

function isLocalFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
