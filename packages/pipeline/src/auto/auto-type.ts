import type { Json } from "@orchestrator/template";

import type { FieldType } from "../catalogue.ts";
import { fit, type Fit } from "../fit.ts";

/** What an answer to an AUTO must be (L126). */
export type AutoType = {
  readonly type: FieldType;
  /** Bounds of a number, of the length of a list, of the characters of a text. */
  readonly min?: number;
  readonly max?: number;
  /** What the value, or each item of a list, must be one of. */
  readonly choices?: readonly string[];
};

/** An answer in the type that is wanted, or why it has none (L126, L131). */
export function fitAuto(value: Json, wanted: AutoType): Fit {
  const strict = wanted.type.kind === "array" && !isList(value);
  const fitted: Fit =
    strict && !(typeof value === "string" && value.trim().startsWith("["))
      ? { kind: "misfit", message: "must be a JSON list" }
      : fit(value, wanted.type);
  if (fitted.kind === "misfit") {
    return fitted;
  }
  const chosen = choice(fitted.value, wanted.choices);
  return chosen.kind === "misfit" ? chosen : (boundProblem(chosen.value, wanted) ?? chosen);
}

function choice(value: Json, choices: readonly string[] | undefined): Fit {
  if (choices === undefined) {
    return { kind: "fits", value };
  }
  if (!isList(value)) {
    return oneOf(value, choices);
  }
  const items = value.map((item) => oneOf(item, choices));
  const wrong = items.find(({ kind }) => kind === "misfit");
  return (
    wrong ?? {
      kind: "fits",
      value: items.flatMap((item) => (item.kind === "fits" ? [item.value] : [])),
    }
  );
}

/** Numbers and booleans keep their type; texts take the spelling of the choice. */
function oneOf(value: Json, choices: readonly string[]): Fit {
  const fitted = fit(value, { kind: "enum", values: choices });
  return fitted.kind === "misfit" || typeof value === "string" ? fitted : { kind: "fits", value };
}

function boundProblem(value: Json, { min, max }: AutoType): Fit | undefined {
  const [size, what] = sizeOf(value);
  if (size === undefined) {
    return undefined;
  }
  if (min !== undefined && size < min) {
    return { kind: "misfit", message: `${what}must be at least ${min}, not ${size}` };
  }
  return max !== undefined && size > max
    ? { kind: "misfit", message: `${what}must be at most ${max}, not ${size}` }
    : undefined;
}

function sizeOf(value: Json): readonly [number | undefined, string] {
  if (typeof value === "number") {
    return [value, ""];
  }
  if (typeof value === "string") {
    return [value.length, "its length "];
  }
  return [isList(value) ? value.length : undefined, "its length "];
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
