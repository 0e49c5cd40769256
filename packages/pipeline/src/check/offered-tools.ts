import type { OperationSpec } from "../catalogue.ts";
import { find, findLater, joinPath, type Where } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import { wordOf } from "../source/node.ts";
import type { Call } from "./calls.ts";
import { type CatalogueIndex, normalName, operationOf } from "./catalogue-index.ts";
import type { Checker } from "./checker.ts";
import { laterRule } from "./later-words.ts";
import { didYouMean, nearNames } from "./near.ts";

/** The operations that a model step offers its model by name (L142); those that a template names are not known. */
export function offeredTools(
  checker: Checker,
  {
    step,
    call,
    index,
  }: { readonly step: CoreStep; readonly call: Call; readonly index: CatalogueIndex },
): readonly OperationSpec[] {
  const argument = call.arguments.find(({ entry }) => entry.key === "tools");
  if (call.spec.nature !== "model" || argument === undefined) {
    return [];
  }
  const { value } = argument.entry;
  const items = value.kind === "list" ? value.items : [value];
  return items.flatMap((item, i): readonly OperationSpec[] => {
    const word = wordOf(item);
    if (
      item.kind !== "scalar" ||
      word === undefined ||
      item.autos.length > 0 ||
      word.includes("{")
    ) {
      return [];
    }
    const path = value.kind === "list" ? joinPath(argument.path, i) : argument.path;
    return operationsNamed(checker, {
      word,
      index,
      where: { step: step.id, path, offset: item.start },
    });
  });
}

/** Tools that run whole pipelines are not offered, as those that ask people or models (L142). */
const PIPELINES: ReadonlySet<string> = new Set(["pipeline-executor"]);

function operationsNamed(
  { context }: Checker,
  { word, index, where }: { word: string; index: CatalogueIndex; where: Where },
): readonly OperationSpec[] {
  const [name = "", operation] = word.split(".");
  const tool = index.tools.get(normalName(name));
  const rule = tool === undefined ? laterRule(name) : undefined;
  if (rule !== undefined) {
    findLater(context, `the tool ${name}`, { where, rule });
    return [];
  }
  if (tool === undefined) {
    const suggestions = nearNames(name, index.toolNames);
    const message = `there is no tool ${name}${didYouMean(suggestions)}`;
    find(context, "unknown_tool", { where, message, suggestions });
    return [];
  }
  const named = operation === undefined ? undefined : operationOf(tool, operation);
  if (operation !== undefined && named === undefined) {
    const names = tool.operations.map((each) => each.name);
    const suggestions = nearNames(operation, names);
    const message = `${tool.name} has no operation ${operation}${didYouMean(suggestions)}`;
    find(context, "unknown_operation", { where, message, suggestions });
    return [];
  }
  const offered = (named === undefined ? tool.operations : [named]).filter(
    ({ nature }) => nature !== "model" && nature !== "person" && !PIPELINES.has(tool.name),
  );
  if (offered.length === 0) {
    const message = `${word} is not offered to models: it asks a person, a model or a pipeline itself`;
    find(context, "parameter_type", { where, message });
  }
  return offered;
}
