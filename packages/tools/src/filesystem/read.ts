import type { JsonObject } from "@orchestrator/pipeline";

import { textParameter, wordParameter } from "../parameters.ts";
import { type ToolContext, type ToolOutcome, done, failed } from "../tool.ts";
import { readBytes } from "../workspace/read-bytes.ts";
import { fileFailure } from "./file-failure.ts";
import { pathFacts } from "./path-facts.ts";

/** Reads a file (L187). */
export async function read(
  parameters: JsonObject,
  { workspace, signal }: ToolContext,
): Promise<ToolOutcome> {
  const path = textParameter(parameters, "path");
  const encoding = wordParameter(parameters, "encoding", ["utf-8", "base64"]);
  const resolved = await workspace.resolve(path, "read");
  if (resolved.kind === "denied") {
    return failed("PATH_DENIED", resolved.message);
  }
  let bytes: Awaited<ReturnType<typeof readBytes>>;
  try {
    bytes = await readBytes(resolved, { signal });
  } catch (error) {
    return fileFailure(error, path);
  }
  if (bytes.kind === "too_large") {
    return failed("LIMIT_EXCEEDED", `File has more than ${bytes.maxBytes} bytes: ${path}`);
  }
  const content =
    encoding === "base64" ? bytes.content.toString("base64") : utf8Text(bytes.content);
  if (content === undefined) {
    return failed("DATA_FORMAT", `File is not UTF-8 text (read it with encoding base64): ${path}`);
  }
  const size = bytes.content.length;
  return done({ action: "read", ...pathFacts(path), content, size, encoding });
}

/** The text of UTF-8 bytes, a byte order mark included; undefined when they are none. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // A TypeError is how the decoder says no.
    return undefined;
  }
}
