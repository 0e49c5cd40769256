import type { Arguments } from "../arguments.ts";
import type { Budget } from "../budget.ts";
import type { CallContext, FilterDefinition, Filters } from "../call-context.ts";
import { csvSize, readCsv, writeCsv } from "../codecs/csv.ts";
import { parseJsonText } from "../codecs/json-text.ts";
import { readYaml, writeYaml } from "../codecs/yaml-text.ts";
import { jsonOf } from "../values/json.ts";
import { isList, isMapping } from "../values/kinds.ts";
import { PLAIN_JSON, writeJson } from "../values/text-form.ts";
import type { Value } from "../values/value.ts";

const MAX_INDENT = 100;
/** A character of YAML takes the time of so many others. */
const YAML_COST = 16;

const TO_JSON: FilterDefinition = {
  parameters: ["indent", "ensure_ascii"],
  apply: (input, args, context) =>
    json(
      input,
      {
        indent: args.raw(0) === undefined ? 2 : indentOf(args),
        sortKeys: false,
        ascii: args.flag(1, true),
      },
      context,
    ),
};

/** Filters between values and the texts that hold them. */
export const DATA_FILTERS: Filters = {
  to_json: TO_JSON,
  json: TO_JSON,
  json_encode: TO_JSON,
  tojson: {
    parameters: ["indent"],
    apply: (input, args, context) =>
      json(input, { indent: indentOf(args), sortKeys: true, ascii: true }, context).replaceAll(
        /[<>&']/g,
        (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
      ),
  },
  from_json: parsing((text) => parseJsonText(text)),
  from_yaml: parsing((text, budget) => {
    budget.read(text.length * YAML_COST);
    return readYaml(text);
  }),
  to_yaml: {
    parameters: [],
    apply: (input, _, { budget }) => {
      const characters = budget.weigh(input);
      budget.text(characters);
      budget.read(characters * YAML_COST);
      return writeYaml(jsonOf(input));
    },
  },
  from_csv: parsing((text, budget) => readCsv(text, { budget })),
  to_csv: {
    parameters: [],
    apply: (input, _, { budget }) => {
      if (!isList(input) || !input.every((row) => isMapping(row) || isList(row))) return input;
      budget.text(budget.weigh(input) + csvSize(input));
      return writeCsv(input);
    },
  },
};

type JsonShape = {
  readonly indent: number | null;
  readonly sortKeys: boolean;
  readonly ascii: boolean;
};

function json(
  input: Value,
  { indent, sortKeys, ascii }: JsonShape,
  { budget }: CallContext,
): string {
  const text = writeJson(input, {
    ...PLAIN_JSON,
    indent,
    itemSeparator: indent === null ? ", " : ",",
    sortKeys,
    escapeNonAscii: ascii,
    maxCharacters: budget.limits.stringBytes,
    counter: budget,
  });
  budget.text(text.length);
  return text;
}

function indentOf(args: Arguments): number | null {
  const indent = args.integer(0, null);
  return indent === null ? null : Math.min(Math.max(indent, 0), MAX_INDENT);
}

/** A text that does not parse, and what is no text, stay as they are. */
function parsing(parse: (text: string, budget: Budget) => Value | undefined): FilterDefinition {
  return {
    parameters: [],
    apply: (input, _, { budget }) => {
      if (typeof input !== "string") return input;
      const value = parse(input, budget);
      return value === undefined ? input : value;
    },
  };
}
