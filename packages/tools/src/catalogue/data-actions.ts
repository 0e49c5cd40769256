import type { ActionSpec, OperationSpec } from "@orchestrator/pipeline";

import { fields, optional, required } from "./parameter.ts";

/** Actions that need neither a model nor a tool (L185). */
export const dataActions: readonly ActionSpec[] = [
  action("echo", {
    aliases: ["debug", "print", "log", "display", "show", "output"],
    description: "Gives a message.",
    parameters: [
      optional("message", "any", { default: "", description: "What to say, in its text form." }),
    ],
    result: { kind: "text" },
  }),
  action("set", {
    aliases: ["set_variables", "update_variables"],
    description: "Sets variables (L186).",
    parameters: [required("variables", "object", { description: "Values by literal name." })],
    result: { kind: "any" },
  }),
  action("calculate", {
    aliases: [],
    description: "Computes expressions, or a figure of a list of numbers.",
    parameters: [
      optional("expression", "string", { description: "Expression over inputs." }),
      optional("expressions", "object", { description: "Expressions by name." }),
      optional("inputs", "any", { description: "Values by name, or a list." }),
      optional("operation", "string", {
        description:
          "sum, mean, min, max, count, median, product, update_variables, or a label of your own.",
      }),
      optional("values", "array", { description: "Numbers." }),
      optional("variables", "object", { description: "For update_variables: values by name." }),
    ],
    anyOf: [["expression", "expressions", "operation"]],
    result: { kind: "any" },
  }),
  action("process", {
    aliases: [],
    description:
      "Makes an object of expressions over data; with parameters of data-processing, that tool.",
    parameters: [
      required("data", "any", { description: "What the expressions read." }),
      required("transform_spec", "object", {
        description: "Expressions by field, over data and parsed_data.",
      }),
    ],
    result: { kind: "any" },
  }),
  action("count_words", {
    aliases: [],
    description: "Counts what a text consists of.",
    parameters: [required("text", "string", { description: "The text." })],
    result: fields({
      count: "Words.",
      words: "Words.",
      characters: "Characters (code points).",
      lines: "Lines.",
      sentences: "Sentences.",
    }),
  }),
  action("evaluate_condition", {
    aliases: [],
    description: "Gives the verdict of a condition.",
    parameters: [required("condition", "condition", { description: "The condition (L75)." })],
    result: fields({ result: "The verdict.", condition: "The condition as rendered." }),
  }),
  action("control_flow", {
    aliases: ["noop"],
    description: "Does nothing; a place to route to.",
    parameters: [],
    result: fields({ action: "control_flow" }),
  }),
  action("loop_complete", {
    aliases: [],
    description: "Marks the end of a loop.",
    parameters: [],
    result: fields({ action: "loop_complete" }),
  }),
  action("capture_result", {
    aliases: [],
    description: "Gives a value.",
    parameters: [optional("value", "any", { description: "The value." })],
    result: { kind: "any" },
  }),
];

function action(
  name: string,
  { aliases, ...rest }: Omit<OperationSpec, "name" | "nature" | "repeatable">,
): ActionSpec {
  return {
    name,
    aliases,
    operation: { name, aliases: [], nature: "deterministic", repeatable: true, ...rest },
  };
}
