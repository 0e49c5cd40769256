import type { ActionSpec, Catalogue } from "../catalogue.ts";

/** A catalogue of two actions: `echo` gives its message, `set` its variables. */
export const testCatalogue: Catalogue = {
  tools: [],
  actions: [actionOf("echo", "message"), actionOf("set", "variables")],
};

function actionOf(name: string, parameter: string): ActionSpec {
  return {
    name,
    aliases: [],
    operation: {
      name,
      aliases: [],
      description: `Gives ${parameter}.`,
      parameters: [
        {
          name: parameter,
          aliases: [],
          type: { kind: "any" },
          required: false,
          description: "What it gives.",
        },
      ],
      result: { kind: "any" },
      nature: "deterministic",
      repeatable: true,
    },
  };
}
