import type { Json } from "@orchestrator/template";

import { fileFailure } from "../filesystem/file-failure.ts";
import { utf8Text } from "../filesystem/read.ts";
import { isList, isMapping } from "../parameters.ts";
import {
  type Operation,
  type ToolContext,
  type ToolFailure,
  type ToolOutcome,
  done,
  failed,
} from "../tool.ts";
import { isMissing } from "../workspace/collect.ts";
import { readBytes } from "../workspace/read-bytes.ts";
import { type DataJob, type DataOutcome, runDataJob } from "./data-job.ts";
import { FORMAT_OF_ENDING } from "./source.ts";

/** An operation on data: reads the files that its data names, then has the job worked off. */
export function dataOperation({ tool, operation }: Pick<DataJob, "tool" | "operation">): Operation {
  return async (parameters, context) => {
    const read = await readFiles([...namedData(parameters)], context);
    if (read.kind === "failed") {
      return read;
    }
    const job: DataJob = { tool, operation, parameters, files: read.files };
    const compute = context.compute ?? ((each) => Promise.resolve(runDataJob(each)));
    return outcomeOf(await compute(job, context.signal));
  };
}

/** The longest text that is looked up as a path. */
const MAX_PATH_CHARACTERS = 1024;

/** Data that may be the path of a file: one line with the ending of a format (L191). */
function namedData(parameters: { readonly [name: string]: Json }): Set<string> {
  const { data, datasets } = parameters;
  const sets = datasets !== undefined && isList(datasets) ? datasets : [];
  const all = [data, ...sets.map((each) => (isMapping(each) ? each["data"] : null))];
  return new Set(
    all
      .filter((each) => typeof each === "string")
      .filter((text) => {
        const ending = /\.([A-Za-z]+)$/.exec(text)?.[1]?.toLowerCase();
        const isPath = text.length <= MAX_PATH_CHARACTERS && !/[\n\0]/.test(text);
        return isPath && ending !== undefined && FORMAT_OF_ENDING.has(ending);
      }),
  );
}

type ReadFiles =
  | { readonly kind: "files"; readonly files: Readonly<Record<string, string>> }
  | ToolFailure;

async function readFiles(paths: readonly string[], context: ToolContext): Promise<ReadFiles> {
  const files: [string, string][] = [];
  for (const path of paths) {
    const text = await readText(path, context);
    if (typeof text !== "string" && text !== undefined) {
      return text;
    }
    if (text !== undefined) {
      files.push([path, text]);
    }
  }
  return { kind: "files", files: Object.fromEntries(files) };
}

/** The text of a file; undefined when there is none, and the text is data itself. */
async function readText(
  path: string,
  { workspace, signal }: ToolContext,
): Promise<string | undefined | ToolFailure> {
  const resolved = await workspace.resolve(path, "read");
  if (resolved.kind === "denied") {
    return failed("PATH_DENIED", resolved.message);
  }
  try {
    const bytes = await readBytes(resolved, { signal });
    if (bytes.kind === "too_large") {
      return failed("LIMIT_EXCEEDED", `File has more than ${bytes.maxBytes} bytes: ${path}`);
    }
    return utf8Text(bytes.content) ?? failed("DATA_FORMAT", `File is not UTF-8 text: ${path}`);
  } catch (error) {
    return isMissing(error) ? undefined : fileFailure(error, path);
  }
}

function outcomeOf(outcome: DataOutcome): ToolOutcome {
  if (outcome.kind === "done") {
    return done(outcome.result);
  }
  const { code, message, result } = outcome;
  return failed(code, message, result === undefined ? {} : { result });
}
