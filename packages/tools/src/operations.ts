import { calculate } from "./actions/calculate.ts";
import { countWords } from "./actions/count-words.ts";
import { echo } from "./actions/echo.ts";
import { evaluateCondition } from "./actions/evaluate-condition.ts";
import { captureResult, mark } from "./actions/mark.ts";
import { process } from "./actions/process.ts";
import { set } from "./actions/set.ts";
import { catalogue } from "./catalogue/catalogue.ts";
import { dataOperation } from "./data-processing/data-operation.ts";
import { copy } from "./filesystem/copy.ts";
import { remove } from "./filesystem/delete.ts";
import { exists } from "./filesystem/exists.ts";
import { list } from "./filesystem/list.ts";
import { makeDirectory } from "./filesystem/mkdir.ts";
import { move } from "./filesystem/move.ts";
import { read } from "./filesystem/read.ts";
import { describePath } from "./filesystem/stat.ts";
import { write } from "./filesystem/write.ts";
import { execute as executeJavaScript } from "./javascript-executor/execute.ts";
import { execute as executePython } from "./python-executor/execute.ts";
import { execute as executeCommand } from "./terminal/execute.ts";
import type { Operation } from "./tool.ts";

/** How every operation of the catalogue that asks no model is carried out; actions are without tool. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["filesystem.read", read],
  ["filesystem.write", write],
  ["filesystem.copy", copy],
  ["filesystem.move", move],
  ["filesystem.delete", remove],
  ["filesystem.list", list],
  ["filesystem.exists", exists],
  ["filesystem.stat", describePath],
  ["filesystem.mkdir", makeDirectory],
  ["terminal.execute", executeCommand],
  ["python-executor.execute", executePython],
  ["javascript-executor.execute", executeJavaScript],
  ["process", process],
  ...dataOperations("data-processing"),
  ...dataOperations("validation"),
  ["echo", echo],
  ["set", set],
  ["calculate", calculate],
  ["count_words", countWords],
  ["evaluate_condition", evaluateCondition],
  ["control_flow", mark("control_flow")],
  ["loop_complete", mark("loop_complete")],
  ["capture_result", captureResult],
]);

function dataOperations(tool: "data-processing" | "validation"): [string, Operation][] {
  const { operations = [] } = catalogue.tools.find(({ name }) => name === tool) ?? {};
  return operations.map(({ name }) => [
    `${tool}.${name}`,
    dataOperation({ tool, operation: name }),
  ]);
}
