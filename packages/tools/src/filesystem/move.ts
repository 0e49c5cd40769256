import { lstat, rename } from "node:fs/promises";
import { basename } from "node:path";

import type { JsonObject } from "@orchestrator/pipeline";

import { type ToolContext, type ToolOutcome, done } from "../tool.ts";
import { openParent } from "../workspace/anchor.ts";
import { walk } from "../workspace/walk.ts";
import { fileFailure } from "./file-failure.ts";
import { pathFacts } from "./path-facts.ts";
import { type Transfer, planTransfer } from "./transfer.ts";

/** Moves a file or directory (L187). */
export async function move(parameters: JsonObject, context: ToolContext): Promise<ToolOutcome> {
  const planned = await planTransfer(parameters, context, "entry");
  if (planned.kind !== "transfer") {
    return planned;
  }
  const { shown } = planned.transfer;
  try {
    const size = await relocate(planned.transfer);
    const written = await filesAt(planned.transfer, context);
    return done({ action: "move", ...shown, ...pathFacts(shown.destination), size }, written);
  } catch (error) {
    return fileFailure(error, shown.source);
  }
}

async function relocate({ source, target }: Transfer): Promise<number> {
  await using from = await openParent(source);
  await using to = await openParent(target, { creates: true });
  const { size } = await lstat(from.path(basename(source.absolute)));
  await rename(from.path(basename(source.absolute)), to.path(basename(target.absolute)));
  return size;
}

async function filesAt(
  { sourceType, target }: Transfer,
  { workspace, signal }: ToolContext,
): Promise<string[]> {
  if (sourceType === "file") {
    return [target.relative];
  }
  const files: string[] = [];
  for await (const entry of walk(workspace, target, { depth: Number.POSITIVE_INFINITY, signal })) {
    if (entry.type === "file") {
      files.push(`${target.relative}/${entry.relative}`);
    }
  }
  return files;
}
