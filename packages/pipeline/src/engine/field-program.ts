import {
  type Condition,
  type Facts,
  factsOf,
  type Json,
  parseCondition,
  parseTemplate,
  type Parsed,
  type Template,
} from "@orchestrator/template";

import type { ConditionField, Field, PlanAuto } from "../plan.ts";
import type { Names } from "./plan-names.ts";

/** A field whose templates are parsed. */
export type FieldProgram =
  | { readonly kind: "literal"; readonly value: Json }
  | {
      readonly kind: "template";
      readonly template: Template;
      readonly path: string;
      readonly autos: readonly AutoProgram[];
    }
  | {
      readonly kind: "condition";
      readonly condition: Condition;
      readonly path: string;
      readonly autos: readonly AutoProgram[];
    }
  | { readonly kind: "list"; readonly items: readonly FieldProgram[] }
  | {
      readonly kind: "object";
      readonly entries: readonly (readonly [string, FieldProgram])[];
    };

/** An AUTO with its body parsed. */
export type AutoProgram = { readonly auto: PlanAuto; readonly body: FieldProgram };

/** Takes note of what the templates of a field need. */
export type Needs = {
  /** Every root name with the first name of its path, if it is known. */
  readonly reads: Set<string>;
  /** Rendering again could give something else (I8). */
  impure: boolean;
  /** Something in it is an AUTO, whose question shows what the owner depends on (L128). */
  asks: boolean;
};

/** Parses the templates of a field. */
export function loadField(field: Field, options: { names: Names; needs: Needs }): FieldProgram {
  switch (field.kind) {
    case "literal":
      return field;
    case "template": {
      const template = parsed(parseTemplate(field.source, options.names.parsing), field);
      takeNote(options.needs, factsOf(template));
      const autos = loadAutos(field.autos, options);
      return { kind: "template", template, path: field.path, autos };
    }
    case "list": {
      const items = field.items.map((item) => loadField(item, options));
      const values = items.flatMap((item) => (item.kind === "literal" ? [item.value] : []));
      return values.length === items.length
        ? { kind: "literal", value: values }
        : { kind: "list", items };
    }
    case "object": {
      const entries = field.entries.map(
        ([key, value]) => [key, loadField(value, options)] as const,
      );
      return entries.every(([, { kind }]) => kind === "literal")
        ? { kind: "literal", value: literalObject(entries) }
        : { kind: "object", entries };
    }
  }
}

/** Parses a condition (L75). */
export function loadCondition(
  { source, path, line, column, autos }: ConditionField,
  options: { names: Names; needs: Needs },
): FieldProgram & { kind: "condition" } {
  const { names, needs } = options;
  const condition = parsed(parseCondition(source, names.parsing), { path, line, column });
  takeNote(needs, factsOf(condition));
  return { kind: "condition", condition, path, autos: loadAutos(autos, options) };
}

const NO_AUTOS: readonly AutoProgram[] = [];

/** Parses the bodies of tags. */
export function loadAutos(
  autos: readonly PlanAuto[] | undefined,
  options: { names: Names; needs: Needs },
): readonly AutoProgram[] {
  if (autos === undefined) {
    return NO_AUTOS;
  }
  const { needs } = options;
  needs.asks = true;
  return autos.map((auto) => ({ auto, body: loadField(auto.body, options) }));
}

/** Nothing noted yet. */
export function noNeeds(): Needs {
  return { reads: new Set(), impure: false, asks: false };
}

/** Fields whose value depends on when they are read, not on what the step waits for (L68, L74). */
const PASSING = new Set(["previous_results", "execution_time"]);

function takeNote(needs: Needs, { references, impure }: Facts): void {
  needs.impure ||= impure;
  for (const { root, path } of references) {
    const first = path[0];
    needs.impure ||=
      PASSING.has(root) ||
      (root === "execution" && first !== undefined && (first === "duration" || first === null));
    needs.reads.add(root);
    if (root === "steps" || root === "results" || root === "outputs") {
      needs.reads.add(typeof first === "string" ? `${root}.${first}` : `${root}.*`);
    }
  }
}

function parsed<T>(
  outcome: Parsed<T>,
  { path, line, column }: { path: string; line: number; column: number },
): T {
  if (outcome.kind === "refused") {
    const why = outcome.problems.map(({ message }) => message).join("; ");
    throw new Error(`the plan's ${path} (${line}:${column}) does not parse: ${why}`);
  }
  return outcome.value;
}

function literalObject(entries: readonly (readonly [string, FieldProgram])[]): Json {
  return Object.fromEntries(
    entries.map(([key, program]) => [key, program.kind === "literal" ? program.value : null]),
  );
}
