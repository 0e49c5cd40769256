import { factsOf, type Json, parseTemplate, type ParseOptions } from "@orchestrator/template";

import { didYouMean, nearNames } from "../check/near.ts";
import { namesOf } from "../engine/plan-names.ts";
import type { JsonObject, RunWarning } from "../events.ts";
import { LIMITS } from "../limits.ts";
import type { Field, InputDeclaration, Plan } from "../plan.ts";
import { HIDDEN, leavesOf, Redactor } from "../redact/redactor.ts";
import { acceptValue } from "./accept.ts";
import { excessOf } from "./bounded-inputs.ts";
import { renderField } from "./render-field.ts";
import { submissionScope } from "./submission-scope.ts";

/** Why an input is refused. */
export type InputViolation = {
  readonly code: "INPUT_REQUIRED" | "INPUT_INVALID" | "LIMIT_EXCEEDED";
  readonly input: string;
  readonly message: string;
};

/** The inputs of a run, or everything that is wrong with what was supplied. */
export type BoundInputs =
  | {
      readonly kind: "bound";
      readonly inputs: JsonObject;
      readonly warnings: readonly RunWarning[];
    }
  | { readonly kind: "refused"; readonly violations: readonly InputViolation[] };

/** Check and coerce supplied inputs, and fill in defaults (L22, L24–L26). */
export function bindInputs(
  plan: Plan,
  supplied: JsonObject,
  {
    execution,
  }: {
    /** What `execution` is, for supplied values that are templates (L25). */
    readonly execution?: JsonObject;
  } = {},
): BoundInputs {
  const excess = excessOf(supplied);
  if (excess !== undefined) {
    return { kind: "refused", violations: [excess] };
  }
  const others: JsonObject = execution === undefined ? {} : { execution };
  const binding: Binding = {
    plan,
    supplied,
    others,
    parsing: namesOf(plan).parsing,
    values: new Map(),
    violations: [],
    warnings: [],
  };
  bindUndeclared(binding);
  for (const declaration of plan.inputs) {
    bindInput(binding, declaration);
  }
  const { violations, warnings, values } = binding;
  if (violations.length > 0) {
    return { kind: "refused", violations: withoutSensitive(binding) };
  }
  const bound = [...values].flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { kind: "bound", inputs: Object.fromEntries(bound), warnings };
}

type Binding = {
  readonly plan: Plan;
  readonly supplied: JsonObject;
  readonly others: JsonObject;
  readonly parsing: ParseOptions;
  /** Bound so far; `undefined` for a missing one. */
  readonly values: Map<string, Json | undefined>;
  readonly violations: InputViolation[];
  readonly warnings: RunWarning[];
};

/** A refusal says what is wrong, but no sensitive value (L165), however short it is. */
function withoutSensitive({
  plan,
  supplied,
  violations,
}: Pick<Binding, "plan" | "supplied" | "violations">): readonly InputViolation[] {
  const values = plan.inputs.flatMap(({ name, sensitive }) =>
    sensitive === true && Object.hasOwn(supplied, name) ? [supplied[name] ?? null] : [],
  );
  const redactor = new Redactor();
  redactor.add(values.flatMap(leavesOf));
  const shown = (message: string): string =>
    values.reduce(
      (text: string, value) => text.replaceAll(JSON.stringify(value), HIDDEN),
      redactor.text(message),
    );
  return values.length === 0
    ? violations
    : violations.map((violation) => ({ ...violation, message: shown(violation.message) }));
}

/** Inputs that are not declared and named one by one. */
const MOST_NAMED = LIMITS.findings - 1;

function bindUndeclared({ plan, supplied, values, violations, warnings }: Binding): void {
  const declared = new Set(plan.inputs.map(({ name }) => name));
  const others = Object.entries(supplied).filter(([name]) => !declared.has(name));
  for (const [name] of others.slice(0, MOST_NAMED)) {
    const message = `the input ${name} is not declared${didYouMean(nearNames(name, declared))}`;
    if (plan.strictInputs) {
      violations.push({ code: "INPUT_INVALID", input: name, message });
    } else {
      warnings.push({ code: "undeclared_input", message });
    }
  }
  if (plan.strictInputs) {
    return;
  }
  if (others.length > MOST_NAMED) {
    const message = `${others.length - MOST_NAMED} more inputs are not declared`;
    warnings.push({ code: "undeclared_input", message });
  }
  for (const [name, value] of others) {
    values.set(name, value);
  }
}

/** Binds an input, and before it those that its default refers to (L25). */
function bindInput(binding: Binding, declaration: InputDeclaration): Json | undefined {
  const { name } = declaration;
  const { values } = binding;
  if (values.has(name)) {
    return values.get(name);
  }
  values.set(name, undefined);
  const value = Object.hasOwn(binding.supplied, name) ? binding.supplied[name] : undefined;
  const isGiven = value !== undefined && (value !== null || declaration.type.kind === "any");
  const bound = isGiven
    ? suppliedValue(binding, declaration, value)
    : defaultValue(binding, declaration);
  values.set(name, bound);
  return bound;
}

function suppliedValue(
  binding: Binding,
  declaration: InputDeclaration,
  value: Json,
): Json | undefined {
  if (!declaration.template) {
    return accepted(binding, declaration, value);
  }
  const field = templated(value, { path: `inputs.${declaration.name}`, parsing: binding.parsing });
  if (field === "impure") {
    const message = "a supplied template may only use inputs and execution";
    binding.violations.push({ code: "INPUT_INVALID", input: declaration.name, message });
    return undefined;
  }
  return rendered(binding, declaration, field);
}

/** The strings of a supplied value as templates (L25). */
function templated(
  value: Json,
  { path, parsing }: { path: string; parsing: ParseOptions },
): Field | "impure" {
  if (typeof value === "string") {
    const parsed = parseTemplate(value, parsing);
    return parsed.kind === "parsed" && factsOf(parsed.value).impure
      ? "impure"
      : { kind: "template", source: value, path, line: 0, column: 0 };
  }
  if (typeof value !== "object" || value === null) {
    return { kind: "literal", value };
  }
  const entries: [string, Field][] = [];
  for (const [key, item] of Object.entries(value)) {
    const field = templated(item, { path: `${path}.${key}`, parsing });
    if (field === "impure") {
      return field;
    }
    entries.push([key, field]);
  }
  return Array.isArray(value)
    ? { kind: "list", items: entries.map(([, field]) => field) }
    : { kind: "object", entries };
}

function defaultValue(binding: Binding, declaration: InputDeclaration): Json | undefined {
  const { name, required } = declaration;
  if (declaration.default !== undefined) {
    const isNull = declaration.default.kind === "literal" && declaration.default.value === null;
    return isNull ? null : rendered(binding, declaration, declaration.default);
  }
  if (required) {
    binding.violations.push({
      code: "INPUT_REQUIRED",
      input: name,
      message: `the input ${name} is required`,
    });
  }
  return undefined;
}

function rendered(binding: Binding, declaration: InputDeclaration, field: Field): Json | undefined {
  const { plan, supplied, others, violations } = binding;
  const valueOf = (name: string): Json | undefined => {
    const other = plan.inputs.find((each) => each.name === name);
    return other === undefined
      ? Object.hasOwn(supplied, name)
        ? supplied[name]
        : undefined
      : bindInput(binding, other);
  };
  const outcome = renderField(field, submissionScope(plan, { valueOf, others }));
  if (outcome.kind === "rendered") {
    return accepted(binding, declaration, outcome.value);
  }
  for (const { message } of outcome.problems) {
    violations.push({ code: "INPUT_INVALID", input: declaration.name, message });
  }
  return undefined;
}

function accepted(binding: Binding, declaration: InputDeclaration, value: Json): Json | undefined {
  const outcome = acceptValue(value, declaration);
  if (outcome.kind === "accepted") {
    return outcome.value;
  }
  for (const problem of outcome.problems) {
    binding.violations.push({
      code: "INPUT_INVALID",
      input: declaration.name,
      message: `${declaration.name} ${problem}`,
    });
  }
  return undefined;
}
