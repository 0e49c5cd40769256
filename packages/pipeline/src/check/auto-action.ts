import type { OperationSpec } from "../catalogue.ts";
import type { Entry, ListNode, ScalarNode } from "../source/node.ts";
import { soleAuto } from "../source/node.ts";
import type { Argument, Call } from "./calls.ts";
import type { CatalogueIndex } from "./catalogue-index.ts";
import { nestedAutos } from "./nested-autos.ts";

/** The operation of a step whose action is an AUTO. */
export const AUTO_ACTION = "auto";

/** The call of a step whose action is an AUTO (L133): the instruction is a prompt; with a tool, the model may call that. */
export function autoCall(
  index: CatalogueIndex,
  {
    action,
    tool,
    given,
  }: {
    readonly action: Entry;
    /** Canonical name of the tool beside it. */
    readonly tool: string | undefined;
    readonly given: readonly Argument[];
  },
): Call | undefined {
  const node = action.value;
  const auto = soleAuto(node);
  const generate = index.actions.get("generate")?.operation;
  if (node.kind !== "scalar" || auto === undefined || generate === undefined) {
    return undefined;
  }
  const value: ScalarNode = {
    ...node,
    value: auto.body,
    autos: nestedAutos(auto),
    written: { scalar: node, indexOf: () => 0 },
  };
  const prompt: Argument = {
    entry: { key: "prompt", keyStart: action.keyStart, value },
    path: "action",
  };
  const tools = tool === undefined ? [] : [toolsArgument(action, tool)];
  return { tool: null, spec: specOf(generate), arguments: [prompt, ...tools, ...given] };
}

/** Only that tool (L133). */
function toolsArgument(action: Entry, tool: string): Argument {
  const name: ScalarNode = {
    kind: "scalar",
    value: tool,
    style: "plain",
    start: action.value.start,
    end: action.value.start,
    autos: [],
  };
  const value: ListNode = { kind: "list", start: action.value.start, items: [name] };
  return { entry: { key: "tools", keyStart: action.keyStart, value }, path: "tool" };
}

const OTHERS = new Set(["messages", "text", "response_format", "schema"]);

function specOf(generate: OperationSpec): OperationSpec {
  return {
    name: AUTO_ACTION,
    aliases: [],
    description: "Asks a model to do what the AUTO says.",
    parameters: generate.parameters.filter(({ name }) => !OTHERS.has(name)),
    anyOf: [["prompt"]],
    result: { kind: "text" },
    nature: "model",
    repeatable: true,
  };
}
