import type { Json } from "@orchestrator/template";

import type { FieldType } from "../catalogue.ts";
import { type Context, find, joinPath } from "../desugar/context.ts";
import type { Keys } from "../desugar/read-keys.ts";
import {
  listValue,
  numberOf,
  numberValue,
  type Placed,
  textValue,
  wrongShape,
} from "../desugar/values.ts";
import { openSchema } from "../json-schema.ts";
import { LIMITS } from "../limits.ts";
import { patternProblem } from "../pattern.ts";
import type { InputChecks } from "../plan.ts";
import { entryOf, jsonOfNode, type Node, wordOf } from "../source/node.ts";
import { typeNamed } from "./input-types.ts";

/** Read what a value of an input must fulfil (L20). */
export function checksOf(context: Context, keys: Keys, path: string): InputChecks {
  const at = (key: string): Placed | undefined => {
    const entry = keys.get(key);
    return (
      entry && {
        entry,
        where: { step: null, path: joinPath(path, entry.key), offset: entry.keyStart },
      }
    );
  };
  const range = rangeOf(context, at("range"));
  const checks = {
    oneOf: choicesOf(context, at("enum")),
    min: numberAt(context, at("min")) ?? range?.[0],
    max: numberAt(context, at("max")) ?? range?.[1],
    minLength: numberAt(context, at("min_length")),
    maxLength: numberAt(context, at("max_length")),
    minItems: numberAt(context, at("min_items")),
    maxItems: numberAt(context, at("max_items")),
    pattern: patternOf(context, at("pattern")),
    itemType: itemTypeOf(context, at("item_type") ?? at("items")),
    schema: schemaOf(context, at),
  };
  return withoutAbsent(checks);
}

function withoutAbsent(checks: {
  readonly [K in keyof InputChecks]: InputChecks[K] | undefined;
}): InputChecks {
  return Object.fromEntries(Object.entries(checks).filter(([, value]) => value !== undefined));
}

function choicesOf(context: Context, at: Placed | undefined): readonly Json[] | undefined {
  return at && listValue(context, at)?.items.map(jsonOfNode);
}

function numberAt(context: Context, at: Placed | undefined): number | undefined {
  return at && numberValue(context, at);
}

function rangeOf(context: Context, at: Placed | undefined): readonly [number, number] | undefined {
  if (at === undefined) {
    return undefined;
  }
  const { value } = at.entry;
  const [low, high] = value.kind === "list" ? value.items.map(numberOf) : [];
  return low === undefined || high === undefined
    ? wrongShape(context, at, "a list of the lowest and the highest number")
    : [low, high];
}

function patternOf(context: Context, at: Placed | undefined): string | undefined {
  const pattern = at && textValue(context, at);
  if (at === undefined || pattern === undefined) {
    return undefined;
  }
  const where = { ...at.where, offset: at.entry.value.start };
  if (pattern.length > LIMITS.patternCharacters) {
    find(context, "limit", {
      where,
      message: `a pattern has at most ${LIMITS.patternCharacters} characters`,
    });
    return undefined;
  }
  const problem = patternProblem(pattern);
  if (problem !== undefined) {
    find(context, "regex_unsupported", { where, message: `the pattern ${pattern}: ${problem}` });
    return undefined;
  }
  return pattern;
}

/** `items` that is only a type checks each item as an input of that type; more than that is a schema. */
function itemTypeOf(context: Context, at: Placed | undefined): FieldType | undefined {
  const word = at && wordOf(plainItemType(at.entry.value));
  if (at === undefined || word === undefined) {
    return undefined;
  }
  const type = typeNamed(word);
  return type ?? wrongShape(context, at, "the name of a type");
}

function plainItemType(node: Node): Node | undefined {
  if (node.kind === "scalar") {
    return node;
  }
  return node.kind === "map" && node.entries.length === 1
    ? entryOf(node, "type")?.value
    : undefined;
}

function schemaOf(context: Context, at: (key: string) => Placed | undefined): Json | undefined {
  const written = at("schema");
  if (written !== undefined) {
    return checkedSchema(context, written, jsonOfNode(written.entry.value));
  }
  const properties = at("properties");
  if (properties !== undefined) {
    const { value } = properties.entry;
    return checkedSchema(context, properties, { type: "object", properties: jsonOfNode(value) });
  }
  const items = at("items");
  if (items === undefined || plainItemType(items.entry.value) !== undefined) {
    return undefined;
  }
  return checkedSchema(context, items, { type: "array", items: jsonOfNode(items.entry.value) });
}

/** A JSON Schema that can be used; another one is a finding. */
export function checkedSchema(
  context: Context,
  { entry, where }: Placed,
  schema: Json,
): Json | undefined {
  const opened = openSchema(schema);
  if (opened.kind === "schema") {
    return schema;
  }
  find(context, "schema", {
    where: { ...where, offset: entry.value.start },
    message: `${entry.key} is no JSON Schema: ${opened.message}`,
  });
  return undefined;
}
