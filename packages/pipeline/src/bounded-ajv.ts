import type { Json } from "@orchestrator/template";
import addFormats from "ajv-formats";
import { _, Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";

import { matches, patternProblem } from "./pattern.ts";

const MAX_INLINED_KEYWORDS = 10;

/** References that are followed during one check: few words can refer to each other without end. */
const MAX_FOLLOWED = 1_000_000;

/** Ajv made safe for schemas of others: patterns in linear time, and no check without end. */
export class BoundedAjv extends Ajv2020 {
  #followed = 0;

  /** `keeps`: schemas stay, and can be found by their names and by themselves; they are not checked again. */
  constructor({ keeps }: { readonly keeps: boolean }) {
    super({
      strict: false,
      allErrors: true,
      logger: false,
      addUsedSchema: keeps,
      validateSchema: !keeps,
      // A schema that many refer to would be copied as often.
      inlineRefs: MAX_INLINED_KEYWORDS,
      code: { regExp: Object.assign(linearPattern, { code: "linearPattern" }) },
    });
    addFormats.default(this);
    for (const keyword of ["$ref", "$dynamicRef"]) {
      this.#count(keyword);
    }
    this.removeKeyword("uniqueItems");
    this.addKeyword({
      keyword: "uniqueItems",
      type: "array",
      schemaType: "boolean",
      validate: (wanted: boolean, items: readonly Json[]) => !wanted || areUnique(items),
      error: { message: "must NOT have duplicate items" },
    });
  }

  /** Counts a reference each time it is followed: every recursion of a schema goes through one. */
  #count(keyword: string): void {
    const definition = this.getKeyword(keyword);
    if (typeof definition === "boolean" || !("code" in definition)) {
      throw new Error(`Ajv has no code for ${keyword}`);
    }
    const { code, ...rest } = definition;
    this.removeKeyword(keyword);
    this.addKeyword({
      ...rest,
      keyword,
      code(context, type) {
        context.gen.code(follow);
        code(context, type);
      },
    });
  }

  /** What is wrong with a value; one that cannot be checked within bounds does not fit. */
  problems(validate: ValidateFunction, value: Json): readonly string[] {
    try {
      this.#followed = 0;
      return validate(value) ? [] : (validate.errors ?? []).map(textOf);
    } catch (error) {
      if (error instanceof FollowsTooMany || error instanceof RangeError) {
        return ["cannot be checked: the schema refers to itself without end, or too often"];
      }
      throw error;
    }
  }

  /** Makes the function that checks values; throws what is wrong with a schema. */
  opened(schema: object | boolean): ValidateFunction {
    this.#followed = 0;
    return this.compile(schema);
  }

  /** What the meta-schema has against a schema; undefined for nothing. */
  problem(schema: object | boolean): string | undefined {
    this.#followed = 0;
    return this.validateSchema(schema) === true
      ? undefined
      : this.errorsText(this.errors, { dataVar: "schema" });
  }

  /** Called by the code that Ajv makes, wherever a reference is followed. */
  follow(): void {
    this.#followed += 1;
    if (this.#followed > MAX_FOLLOWED) {
      throw new FollowsTooMany();
    }
  }
}

/** In the code that Ajv makes, `self` is Ajv. */
const follow = _`self.follow()`;

/** Leaves a check; never leaves this file. */
class FollowsTooMany extends Error {}

/** By content, whatever the order of keys; in linear time, which Ajv's own keyword takes for scalars only. */
function areUnique(items: readonly Json[]): boolean {
  return new Set(items.map((item) => JSON.stringify(item, sortedKeys))).size === items.length;
}

function sortedKeys(_key: string, value: Json): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}

/** Matches in linear time, which the patterns of JavaScript do not (L67). Ajv tells patterns apart by their text. */
function linearPattern(pattern: string): {
  readonly test: (text: string) => boolean;
  readonly toString: () => string;
} {
  const problem = patternProblem(pattern);
  if (problem !== undefined) {
    throw new Error(`pattern ${pattern}: ${problem}`);
  }
  return { test: (text) => matches(text, pattern), toString: () => pattern };
}

function textOf({ instancePath, message, params }: ErrorObject): string {
  const where = instancePath === "" ? "" : `${instancePath.slice(1).replaceAll("/", ".")} `;
  const allowed = "allowedValues" in params ? `: ${JSON.stringify(params["allowedValues"])}` : "";
  const extra = "additionalProperty" in params ? `: ${String(params["additionalProperty"])}` : "";
  return `${where}${message ?? "does not fit"}${allowed}${extra}`;
}
