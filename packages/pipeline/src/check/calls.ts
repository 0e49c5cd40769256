import type { OperationSpec, ToolSpec } from "../catalogue.ts";
import { type Context, find, findLater, joinPath, type Where } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import { type Entry, type Node, soleAuto, wordOf } from "../source/node.ts";
import { autoCall } from "./auto-action.ts";
import { type CatalogueIndex, normalName, operationOf } from "./catalogue-index.ts";
import { laterRule } from "./later-words.ts";
import { closestName, didYouMean, nearNames } from "./near.ts";
import { textForm } from "./text-forms.ts";

/** What a step calls: an operation of a tool, or an action (L37, L39). */
export type Call = {
  /** Canonical name; null for an action. */
  readonly tool: string | null;
  readonly spec: OperationSpec;
  /** The parameters as written, without those that name the operation. */
  readonly arguments: readonly Argument[];
};

/** A parameter as written, with its path inside the step. */
export type Argument = { readonly entry: Entry; readonly path: string };

/** Find out what a step calls; `undefined` when a finding says why that is not known. */
export function callOf(context: Context, step: CoreStep, index: CatalogueIndex): Call | undefined {
  const { keys } = step;
  const tool = keys.get("tool");
  const action = keys.get("action");
  if (step.opaque || step.form !== null) {
    return undefined;
  }
  if (tool === undefined && action === undefined) {
    find(context, "step_kind", {
      where: { step: step.id, path: "", offset: step.offset },
      message: `step ${step.id} has neither a tool nor an action`,
      suggestions: ["action: <name>", "tool: <name>"],
    });
    return undefined;
  }
  const finder: Finder = { context, step, index, arguments: argumentsOf(context, step) };
  return tool === undefined ? actionCall(finder, action) : toolCall(finder, { tool, action });
}

/** What is looked through for a call. */
export type Finder = {
  readonly context: Context;
  readonly step: CoreStep;
  readonly index: CatalogueIndex;
  readonly arguments: readonly Argument[];
};

function argumentsOf(context: Context, step: CoreStep): readonly Argument[] {
  const entry = step.keys.get("parameters");
  if (entry === undefined || (entry.value.kind === "scalar" && entry.value.value === null)) {
    return [];
  }
  if (entry.value.kind !== "map") {
    find(context, "schema", {
      where: { step: step.id, path: entry.key, offset: entry.value.start },
      message: `${entry.key} is a mapping of names to values`,
    });
    return [];
  }
  return entry.value.entries.map((each) => ({
    entry: each,
    path: joinPath("parameters", each.key),
  }));
}

function toolCall(
  finder: Finder,
  { tool, action }: { tool: Entry; action: Entry | undefined },
): Call | undefined {
  const { context, step, index } = finder;
  const where = { step: step.id, path: "tool", offset: tool.value.start };
  const name = wordOf(tool.value);
  if (name === undefined || tool.value.kind !== "scalar") {
    find(context, "step_kind", { where, message: "a step has one tool, named by a text" });
    return undefined;
  }
  if (refusedAuto(context, tool.value, where)) {
    return undefined;
  }
  const spec = index.tools.get(normalName(name));
  if (spec !== undefined && action !== undefined && soleAuto(action.value) !== undefined) {
    return autoCall(index, { action, tool: spec.name, given: finder.arguments });
  }
  if (spec !== undefined) {
    return operationCall(finder, spec, { action });
  }
  const rule = laterRule(name);
  if (rule !== undefined) {
    findLater(context, `the tool ${name}`, { where, rule });
    return undefined;
  }
  const suggestions = suggested(context, name, index.toolNames);
  find(context, "unknown_tool", {
    where,
    message: `there is no tool ${name}${didYouMean(suggestions)}`,
    suggestions,
  });
  return undefined;
}

function actionCall(finder: Finder, action: Entry | undefined): Call | undefined {
  const { context, step } = finder;
  const where = { step: step.id, path: "action", offset: action?.value.start ?? step.offset };
  const text = wordOf(action?.value);
  if (action === undefined || text === undefined || text === "") {
    find(context, "schema", { where, message: "action is a text" });
    return undefined;
  }
  if (soleAuto(action.value) !== undefined) {
    return autoCall(finder.index, { action, tool: undefined, given: finder.arguments });
  }
  return refusedAuto(context, action.value, where)
    ? undefined
    : namedAction(finder, action, { text, where });
}

function namedAction(
  finder: Finder,
  action: Entry,
  { text, where }: { text: string; where: Where },
): Call | undefined {
  const { context, index } = finder;
  const written = textForm(finder, action, text);
  if (written !== undefined) {
    return written;
  }
  const found = index.actions.get(normalName(text));
  const rule = found === undefined ? laterRule(text) : undefined;
  if (rule !== undefined && !index.tools.has(normalName(text))) {
    findLater(context, `the action ${shortened(text)}`, { where, rule });
    return undefined;
  }
  if (found?.name === PROCESS && isDataProcessing(finder)) {
    return processCall(finder);
  }
  if (found !== undefined) {
    return { tool: null, spec: found.operation, arguments: finder.arguments };
  }
  const tool = index.tools.get(normalName(text));
  if (tool !== undefined) {
    return operationCall(finder, tool, { action: undefined });
  }
  return unknownAction(finder, text, where);
}

const PROCESS = "process";
const DATA_PROCESSING = "data-processing";

/** `process` is the tool unless it is given expressions (L185). */
function isDataProcessing({ arguments: given }: Finder): boolean {
  return given.every(({ entry }) => entry.key !== "transform_spec");
}

function processCall(finder: Finder): Call | undefined {
  const tool = finder.index.tools.get(DATA_PROCESSING);
  return tool && operationCall(finder, tool, { action: undefined });
}

function unknownAction({ context, index }: Finder, text: string, where: Where): undefined {
  const suggestions = suggested(context, text, index.actionNames);
  const isProse = /\s/.test(text);
  find(context, "unknown_action", {
    where,
    message: isProse
      ? `${JSON.stringify(shortened(text))} is no action; ask a model with action: generate, or write <AUTO>…</AUTO>`
      : `there is no action ${text}${didYouMean(suggestions)}`,
    suggestions: isProse ? ["action: generate"] : suggestions,
  });
}

const SHOWN_CHARACTERS = 60;

function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function suggested({ report }: Context, word: string, names: readonly string[]): readonly string[] {
  if (report.crowded) {
    return [];
  }
  const near = nearNames(word, names);
  const closest = closestName(word, names);
  return near.length > 0 || closest === undefined ? near : [closest];
}

function refusedAuto(context: Context, node: Node, where: Where): boolean {
  const isAuto = node.kind === "scalar" && node.autos.length > 0;
  if (isAuto) {
    findLater(context, `<AUTO> in ${where.path}`, { where, rule: "L133" });
  }
  return isAuto;
}

/** L39: the operation stands in the parameters, else in `action`, else the tool has one of its own. */
function operationCall(
  finder: Finder,
  tool: ToolSpec,
  { action }: { action: Entry | undefined },
): Call | undefined {
  const { words, given } = splitArguments(finder.arguments, tool);
  const named = words[0] ?? (action === undefined ? undefined : { entry: action, path: "action" });
  const word = wordOf(named?.entry.value) ?? "";
  const spec = operationOf(tool, word) ?? defaultOperation(tool, word);
  if (spec === undefined) {
    noOperation(finder, tool, named);
    return undefined;
  }
  return { tool: tool.name, spec, arguments: given };
}

/** A mapping under the operation's parameter holds parameters itself (L195). */
function splitArguments(
  all: readonly Argument[],
  tool: ToolSpec,
): { readonly words: readonly Argument[]; readonly given: readonly Argument[] } {
  const words: Argument[] = [];
  const given: Argument[] = [];
  for (const argument of all) {
    const { key, value } = argument.entry;
    const names = key === "action" || key === tool.operationParameter;
    if (names && value.kind === "scalar") {
      words.push(argument);
    } else if (key === tool.operationParameter && value.kind === "map") {
      given.push(
        ...value.entries.map((entry) => ({ entry, path: joinPath(argument.path, entry.key) })),
      );
    } else {
      given.push(argument);
    }
  }
  return { words, given };
}

function defaultOperation(tool: ToolSpec, word: string): OperationSpec | undefined {
  const stands = word === "" || /\s/.test(word) || ["execute", "run"].includes(normalName(word));
  return stands && tool.defaultOperation !== undefined
    ? operationOf(tool, tool.defaultOperation)
    : undefined;
}

function noOperation({ context, step }: Finder, tool: ToolSpec, named: Argument | undefined): void {
  const word = wordOf(named?.entry.value) ?? "";
  const where = {
    step: step.id,
    path: named?.path ?? "action",
    offset: named?.entry.value.start ?? step.offset,
  };
  const rule = word === "" ? undefined : laterRule(tool.name, word);
  if (rule !== undefined) {
    findLater(context, `${tool.name} ${word}`, { where, rule });
    return;
  }
  const names = tool.operations.map(({ name }) => name);
  const suggestions = word === "" ? names.slice(0, 3) : suggested(context, word, names);
  find(context, "unknown_operation", {
    where,
    message:
      word === ""
        ? `${tool.name} needs an action: ${names.join(", ")}`
        : `${tool.name} has no operation ${shortened(word)}${didYouMean(suggestions)}`,
    suggestions,
  });
}
