import type { ToolSpec } from "@orchestrator/pipeline";

import { DATA_FORMATS } from "./data-processing.ts";
import { fields, optional, required } from "./parameter.ts";

/** L199. */
export const validation: ToolSpec = {
  name: "validation",
  aliases: ["validate"],
  description: "Checks data against JSON Schema.",
  defaultOperation: "validate",
  operations: [
    {
      name: "validate",
      aliases: [],
      description: "Says whether data fits a schema, and what does not.",
      nature: "deterministic",
      repeatable: true,
      parameters: [
        required("data", "any", {
          aliases: ["input_data"],
          description: "Rows, an object, or text that holds them.",
        }),
        required("schema", "object", {
          description: "JSON Schema 2020-12, or draft 7 or 2019-09.",
        }),
        optional("mode", ["strict", "lenient", "permissive", "report_only"], {
          aliases: ["validation_level"],
          default: "strict",
          description: "Whether values are coerced, and whether errors count.",
        }),
        optional("format", DATA_FORMATS, {
          aliases: ["input_format"],
          description: "How text is read.",
        }),
        optional("fail_on_invalid", "boolean", {
          default: false,
          description: "Whether invalid data fails the step.",
        }),
      ],
      result: fields({
        valid: "Whether the data fits.",
        errors:
          "What does not: message, path, schema_path, instance, validator, validator_value, row.",
        warnings: "What was coerced, or would be an error.",
        data: "The data as read and coerced.",
        mode: "The mode.",
        rows_validated: "How many rows were checked.",
      }),
    },
  ],
};
