import type { Json } from "@orchestrator/template";
import { _, Ajv, type ErrorObject, type Options, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";

import { patternProblem, search } from "./pattern.ts";

/** The dialects of JSON Schema that are known. */
export type Dialect = "draft-07" | "2019-09" | "2020-12";

/** What does not fit, with the value and the keyword that are at odds. */
export type SchemaError = ErrorObject;

/** What a check comes to. */
export type Checked =
  | { readonly kind: "checked"; readonly errors: readonly SchemaError[] }
  /** The value cannot be checked within bounds. */
  | { readonly kind: "unbounded"; readonly message: string };

const MAX_INLINED_KEYWORDS = 10;

/** References that are followed during one check: few words can refer to each other without end. */
const MAX_FOLLOWED = 1_000_000;

/** Every recursion of a schema goes through one of these. */
const REFERENCES = ["$ref", "$dynamicRef", "$recursiveRef"];

/** Ajv made safe for schemas of others: patterns in linear time, and no check without end. */
export class BoundedAjv {
  readonly #ajv: Ajv;
  readonly #keeps: boolean;
  #followed = 0;

  /** `keeps`: schemas stay, and can be found by their names and by themselves. */
  constructor({ dialect, keeps }: { readonly dialect: Dialect; readonly keeps: boolean }) {
    this.#keeps = keeps;
    this.#ajv = ajvFor(dialect, {
      strict: false,
      allErrors: true,
      verbose: true,
      logger: false,
      addUsedSchema: keeps,
      validateSchema: false,
      // A schema that many refer to would be copied as often.
      inlineRefs: MAX_INLINED_KEYWORDS,
      code: { regExp: Object.assign(linearPattern, { code: "linearPattern" }) },
    });
    addFormats.default(this.#ajv);
    REFERENCES.forEach((keyword) => this.#count(keyword));
    this.#ajv.removeKeyword("uniqueItems");
    this.#ajv.addKeyword({
      keyword: "uniqueItems",
      type: "array",
      schemaType: "boolean",
      validate: (wanted: boolean, items: readonly Json[]) => !wanted || areUnique(items),
      error: { message: "must NOT have duplicate items" },
    });
  }

  /** What the dialect has against a schema; undefined for nothing. */
  problem(schema: object | boolean): string | undefined {
    this.#followed = 0;
    return this.#ajv.validateSchema(plainBody(schema)) === true
      ? undefined
      : this.#ajv.errorsText(this.#ajv.errors, { dataVar: "schema" });
  }

  /** Makes the function that checks values; throws what is wrong with a schema. */
  opened(schema: object | boolean): (value: Json) => Checked {
    const body = plainBody(schema);
    try {
      const validate = this.#ajv.compile(body);
      return (value) => this.#checked(validate, value);
    } finally {
      // The validator's own cache has no bounds.
      if (!this.#keeps && typeof body === "object") {
        this.#ajv.removeSchema(body);
      }
    }
  }

  #checked(validate: ValidateFunction, value: Json): Checked {
    try {
      this.#followed = 0;
      return { kind: "checked", errors: validate(value) ? [] : (validate.errors ?? []) };
    } catch (error) {
      if (error instanceof Unbounded) {
        return { kind: "unbounded", message: error.message };
      }
      if (error instanceof RangeError) {
        return { kind: "unbounded", message: ENDLESS };
      }
      throw error;
    }
  }

  /** Counts a reference each time it is followed. */
  #count(keyword: string): void {
    const definition = this.#ajv.getKeyword(keyword);
    if (definition === false) {
      // Not every dialect has each of them.
      return;
    }
    if (definition === true || !("code" in definition)) {
      throw new Error(`Ajv has no code for ${keyword}`);
    }
    const { code, ...rest } = definition;
    this.#ajv.removeKeyword(keyword);
    this.#ajv.addKeyword({
      ...rest,
      keyword,
      code: (context, type) => {
        context.gen.code(_`${context.gen.scopeValue("func", { ref: this.#follow })}()`);
        code(context, type);
      },
    });
  }

  /** Called by the code that Ajv makes, wherever a reference is followed. */
  readonly #follow = (): void => {
    this.#followed += 1;
    if (this.#followed > MAX_FOLLOWED) {
      throw new Unbounded(ENDLESS);
    }
  };
}

const ENDLESS = "the schema refers to itself without end, or too often";

/** Leaves a check. */
class Unbounded extends Error {}

function ajvFor(dialect: Dialect, options: Options): Ajv {
  switch (dialect) {
    case "draft-07":
      return new Ajv(options);
    case "2019-09":
      return new Ajv2019(options);
    case "2020-12":
      return new Ajv2020(options);
  }
}

/** The dialect is known, and `$async` is no keyword but of Ajv. */
function plainBody(schema: boolean | object): boolean | object {
  if (typeof schema === "boolean" || !("$schema" in schema || "$async" in schema)) {
    return schema;
  }
  const others = Object.entries(schema).filter(([key]) => key !== "$schema" && key !== "$async");
  return Object.fromEntries(others);
}

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
  return { test: (text) => isFound(text, pattern), toString: () => pattern };
}

function isFound(text: string, pattern: string): boolean {
  const found = search(text, pattern);
  if (found.kind === "failed") {
    throw new Unbounded(`pattern ${pattern}: ${found.message}`);
  }
  return found.isFound;
}
