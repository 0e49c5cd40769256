import type { OperationSpec, ParameterSpec, ToolSpec } from "@orchestrator/pipeline";

import { openFields, optional, required } from "./parameter.ts";

/** Formats that text is read in (L191). */
export const DATA_FORMATS = ["json", "csv", "tsv", "jsonl", "yaml"] as const;
/** Formats that text is written in (L193). */
export const OUTPUT_FORMATS = [...DATA_FORMATS, "markdown"] as const;
/** L195. */
export const PROFILING_OPTIONS = [
  "missing_values",
  "data_types",
  "statistical_summary",
  "outlier_detection",
  "duplicate_detection",
] as const;

const data = required("data", "any", {
  aliases: ["input_data"],
  description: "Rows, an object, text that holds them, or the path of a file.",
});
const common: readonly ParameterSpec[] = [
  data,
  optional("format", DATA_FORMATS, {
    aliases: ["input_format"],
    default: "json",
    description: "How text is read.",
  }),
  optional("output_format", OUTPUT_FORMATS, {
    description: "What processed_data is; the input's format if not given.",
  }),
  optional("typed", "boolean", {
    default: false,
    description: "Whether columns of CSV that hold only numbers or booleans are converted.",
  }),
  optional("operation", "any", {
    description: "The operation's name, or its parameters as an object.",
  }),
];
const SHARED = {
  action: "The operation.",
  processed_data: "What came out: native for json, else text.",
  data: "The same as processed_data.",
  row_count: "Number of rows that came out.",
  output_format: "Format of processed_data.",
};
const columns = optional("columns", "array", { description: "Names of columns." });
const groupBy = optional("group_by", "array", {
  description: "Columns whose values make a group.",
});
const aggregations = optional("aggregations", "object", {
  description: "By name: a function, or {column, function}.",
});
const criteria = optional("criteria", "object", {
  description: "By column: a value, or {operator: value}; any_of lists alternatives.",
});
const condition = optional("condition", "string", { description: "Row expression (L197)." });

/** L191–L197. */
export const dataProcessing: ToolSpec = {
  name: "data-processing",
  aliases: ["data"],
  description: "Reads, changes and writes tables.",
  operationParameter: "operation",
  operations: [
    operation("convert", {
      description: "Writes data in another format.",
      parameters: [
        ...common.filter(({ name }) => name !== "output_format"),
        required("output_format", OUTPUT_FORMATS, {
          aliases: ["target_format"],
          description: "Format of the text.",
        }),
      ],
      adds: { target_format: "The format.", original_type: "What the data was." },
    }),
    operation("filter", {
      description: "Keeps the rows that match.",
      parameters: [
        ...common,
        criteria,
        condition,
        optional("any_of", "array", { description: "Criteria of which one must match." }),
      ],
      adds: {
        criteria: "The criteria.",
        original_count: "Rows before.",
        filtered_count: "Rows after.",
      },
    }),
    operation("aggregate", {
      description: "Computes figures, for all rows or for groups.",
      parameters: [...common, groupBy, aggregations],
      adds: { group_by: "The columns.", groups: "Number of groups." },
    }),
    operation("transform", {
      description: "Applies changes in order (L196).",
      parameters: [
        ...common,
        optional("operations", "array", {
          aliases: ["transformations"],
          description: "Changes: {type, …}.",
        }),
        ...changeParameters(),
      ],
      adds: { operations_applied: "Types of the changes, in order." },
    }),
    operation("profile", {
      description: "Describes columns: gaps, types, figures, outliers, duplicates.",
      parameters: [
        ...common,
        optional("profiling_options", "array", {
          default: PROFILING_OPTIONS,
          description: "Parts of the profile.",
        }),
      ],
      adds: { profiling_options: "The parts." },
    }),
    operation("pivot", {
      description: "Makes columns of values.",
      parameters: [
        ...common,
        required("index", "array", { description: "Columns that make a row." }),
        required("values", "array", { description: "Columns that are aggregated." }),
        columns,
        optional("aggfunc", ["sum", "mean", "count", "min", "max"], {
          default: "sum",
          description: "How values of one cell are put together.",
        }),
        optional("fill_value", "any", { default: 0, description: "Value of an empty cell." }),
      ],
      adds: { columns: "Columns that came out." },
    }),
    operation("clean", {
      description: "Removes duplicates, gaps and outliers.",
      parameters: [
        ...common,
        optional("remove_duplicates", "boolean", {
          default: true,
          description: "Whether equal rows are kept once.",
        }),
        optional(
          "handle_missing",
          ["drop", "forward_fill", "backward_fill", "interpolate", "mean", "keep"],
          { default: "drop", description: "What becomes of empty cells." },
        ),
        optional("remove_outliers", "boolean", {
          default: false,
          description: "Whether rows with a value beyond 1.5 × IQR go.",
        }),
      ],
      adds: {
        original_shape: "[rows, columns] before.",
        cleaned_shape: "[rows, columns] after.",
        rows_removed: "How many rows went.",
      },
    }),
    operation("merge", {
      description: "Puts data sets together.",
      parameters: [
        ...common.filter(({ name }) => name !== "data"),
        required("datasets", "array", { description: "Data sets: {name, data}." }),
        optional("merge_strategy", ["combine", "concat", "join"], {
          default: "combine",
          description: "How.",
        }),
        optional("join_on", "string", { description: "Column of a join." }),
        optional("join_type", ["inner", "left", "right", "outer"], {
          default: "inner",
          description: "Which rows of a join stay.",
        }),
      ],
      adds: {
        datasets_merged: "How many data sets.",
        total_rows: "Rows that came out.",
        total_columns: "Columns that came out.",
        columns: "Their names.",
      },
    }),
    operation("sort", {
      description: "Orders rows.",
      parameters: [
        ...common,
        required("by", "any", { description: "Column, or list of columns." }),
        optional("ascending", "boolean", { default: true, description: "Lowest first." }),
      ],
      adds: {},
    }),
    operation("select", {
      description: "Keeps columns, in this order.",
      parameters: [...common, { ...columns, required: true }],
      adds: { columns: "Columns that came out." },
    }),
    operation("drop", {
      description: "Leaves columns out.",
      parameters: [...common, { ...columns, required: true }],
      adds: { columns: "Columns that came out." },
    }),
    operation("limit", {
      description: "Keeps a stretch of rows.",
      parameters: [
        ...common,
        required("n", "integer", { description: "How many rows." }),
        optional("offset", "integer", { default: 0, description: "Rows before the first." }),
      ],
      adds: {},
    }),
  ],
};

function operation(
  name: string,
  {
    description,
    parameters,
    adds,
  }: {
    readonly description: string;
    readonly parameters: readonly ParameterSpec[];
    readonly adds: Readonly<Record<string, string>>;
  },
): OperationSpec {
  return {
    name,
    aliases: [],
    description,
    parameters,
    result: openFields({ ...SHARED, ...adds }),
    nature: "deterministic",
    repeatable: true,
  };
}

/** One change may stand without a list: its fields are parameters then. */
function changeParameters(): readonly ParameterSpec[] {
  return [
    optional("type", "string", { description: "Type of the one change." }),
    optional("field", "string", { description: "Column." }),
    optional("value", "any", { description: "Value." }),
    criteria,
    condition,
    optional("any_of", "array", { description: "Criteria of which one must match." }),
    groupBy,
    aggregations,
    optional("mapping", "object", { description: "New names by old ones." }),
    optional("columns", "any", { description: "Names of columns, or types by column." }),
    optional("keep", "string", { description: "first or last." }),
    optional("errors", "string", { description: "fail, null or keep." }),
    optional("strategy", "any", { description: "Values by column." }),
    optional("expressions", "object", { description: "Row expressions by column." }),
    optional("method", "string", { description: "min-max or z-score." }),
    optional("by", "any", { description: "Column, or list of columns." }),
    optional("ascending", "boolean", { description: "Lowest first." }),
    optional("n", "integer", { description: "How many rows." }),
    optional("offset", "integer", { description: "Rows before the first." }),
  ];
}
