import { createHash } from "node:crypto";

import type { JsonObject } from "@orchestrator/pipeline";
import { textOf } from "@orchestrator/template";

import { TOOL_LIMITS } from "../limits.ts";
import { isSet, textParameter, wordParameter } from "../parameters.ts";
import { type ToolContext, type ToolOutcome, done, failed } from "../tool.ts";
import { appendFile, createFile, replaceFile } from "../workspace/replace-file.ts";
import type { Digest } from "../workspace/stored-file.ts";
import type { WorkspacePath } from "../workspace/workspace.ts";
import { fileFailure } from "./file-failure.ts";
import { pathFacts } from "./path-facts.ts";

/** Writes a file (L187). */
export async function write(parameters: JsonObject, context: ToolContext): Promise<ToolOutcome> {
  const path = textParameter(parameters, "path");
  const mode = wordParameter(parameters, "mode", ["w", "a", "x"]);
  const bytes = contentBytes(parameters);
  if (bytes === undefined) {
    return failed("DATA_FORMAT", `Content is not base64: ${path}`);
  }
  if (bytes.length > TOOL_LIMITS.fileBytes) {
    return failed(
      "LIMIT_EXCEEDED",
      `Content has more than ${TOOL_LIMITS.fileBytes} bytes: ${path}`,
    );
  }
  const resolved = await context.workspace.resolve(path, "write");
  if (resolved.kind === "denied") {
    return failed("PATH_DENIED", resolved.message);
  }
  const creates = isSet(parameters, "create_directories");
  try {
    const digest = await store(resolved, bytes, { mode, creates, context });
    return done({ action: "write", ...pathFacts(path), ...digest }, [resolved.relative]);
  } catch (error) {
    return fileFailure(error, path);
  }
}

function contentBytes(parameters: JsonObject): Buffer | undefined {
  const text = textOf(parameters["content"] ?? null);
  if (wordParameter(parameters, "encoding", ["utf-8", "base64"]) === "utf-8") {
    return Buffer.from(text, "utf8");
  }
  const compact = text.replaceAll(/\s/g, "");
  return /^[A-Za-z0-9+/]*={0,2}$/.test(compact) && compact.length % 4 === 0
    ? Buffer.from(compact, "base64")
    : undefined;
}

async function store(
  path: WorkspacePath,
  bytes: Buffer,
  {
    mode,
    creates,
    context,
  }: { readonly mode: "w" | "a" | "x"; readonly creates: boolean; readonly context: ToolContext },
): Promise<Digest> {
  const options = { creates, signal: context.signal, token: context.idempotencyKey };
  if (mode === "a") {
    return appendFile(path, bytes, options);
  }
  await (mode === "x"
    ? createFile(path, bytes, options)
    : replaceFile(path, (file) => file.writeFile(bytes), options));
  return { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}
