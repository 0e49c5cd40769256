import {
  type Artifact,
  type JsonObject,
  type PlanStep,
  type ReadyStep,
  type RunWarning,
  type StepError,
  stepError,
} from "@orchestrator/pipeline";
import { type Json, textOf } from "@orchestrator/template";
import { collectFiles, runTool, type ToolContext } from "@orchestrator/tools";

import type { RunWorkspace } from "./workspaces.ts";

/** What a step left in files. */
export type StepFiles =
  | {
      readonly kind: "kept";
      readonly artifacts: readonly Artifact[];
      readonly location?: string;
      readonly warnings: readonly RunWarning[];
    }
  | { readonly kind: "failed"; readonly error: StepError };

/** Writes what a step's `location` asks for, and captures all that it wrote (L33, L36). */
export async function keepFiles(
  {
    id,
    step,
    ready,
    result,
    written,
  }: {
    id: string;
    step: PlanStep;
    ready: ReadyStep;
    result: Json;
    written: readonly string[];
  },
  { context, workspace }: { context: ToolContext; workspace: RunWorkspace },
): Promise<StepFiles> {
  const paths = [...written];
  const warnings: RunWarning[] = [];
  const { location } = ready;
  if (location !== undefined) {
    const content = locatedContent(step, result);
    if (content !== undefined) {
      const outcome = await writeTo({ location, content }, context);
      if (outcome.kind === "failed") {
        return outcome;
      }
      paths.push(...outcome.written);
    } else if (!(await isThere(location, context))) {
      const message = `${step.tool ?? step.operation} left nothing at ${location}`;
      warnings.push({ code: "location_missing", step: id, message });
    }
  }
  for (const { glob, optional } of ready.artifacts) {
    const found = await collectFiles(context.workspace, glob, { signal: context.signal });
    if (found.kind !== "files") {
      const code = found.kind === "denied" ? "PATH_DENIED" : "LIMIT_EXCEEDED";
      return { kind: "failed", error: stepError(code, found.message) };
    }
    if (found.paths.length === 0 && !optional) {
      return { kind: "failed", error: stepError("ARTIFACT_MISSING", `no file matches ${glob}`) };
    }
    paths.push(...found.paths);
  }
  const artifacts = await workspace.capture(paths, context.signal);
  return { kind: "kept", artifacts, warnings, ...(location === undefined ? {} : { location }) };
}

/** What is written to `location` for a step whose tool does not do it itself. */
function locatedContent({ tool }: PlanStep, result: Json): string | undefined {
  if (tool === null) {
    return textOf(result);
  }
  return tool === "data-processing" && isObject(result)
    ? textOf(result["processed_data"] ?? null)
    : undefined;
}

async function writeTo(
  { location, content }: { location: string; content: string },
  context: ToolContext,
): Promise<{ kind: "written"; written: readonly string[] } | { kind: "failed"; error: StepError }> {
  const parameters = {
    path: location,
    content,
    mode: "w",
    create_directories: true,
    encoding: "utf-8",
  };
  const outcome = await runTool({ tool: "filesystem", operation: "write", parameters }, context);
  return outcome.kind === "failed" ? outcome : { kind: "written", written: outcome.written };
}

async function isThere(location: string, context: ToolContext): Promise<boolean> {
  const parameters = { path: location };
  const outcome = await runTool({ tool: "filesystem", operation: "exists", parameters }, context);
  return outcome.kind === "done" && isObject(outcome.result) && outcome.result["exists"] === true;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
