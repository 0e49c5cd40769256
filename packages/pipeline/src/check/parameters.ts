import type { FieldType, ParameterSpec } from "../catalogue.ts";
import { find, joinPath, type Where } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import { fit } from "../fit.ts";
import type { Field, PlanParameter } from "../plan.ts";
import { type Node, wordOf } from "../source/node.ts";
import { checkAnswerForm } from "./answer-form.ts";
import type { Argument, Call } from "./calls.ts";
import { parametersOf } from "./catalogue-index.ts";
import type { Checker, ParameterReads, Spot } from "./checker.ts";
import { conditionFrom, fieldFrom, hasMarkup, verbatim } from "./fields.ts";
import { includes } from "./included.ts";
import { closestName, nearNames } from "./near.ts";
import { answerSchema } from "./step-outputs.ts";
import { checkTransforms } from "./transforms.ts";

/** Read the parameters of a step (L40, L171); the model is not one of them. */
export function checkParameters(
  checker: Checker,
  { step, call, spot }: { readonly step: CoreStep; readonly call: Call; readonly spot: Spot },
): readonly PlanParameter[] {
  const specs = parametersOf(call.spec);
  const read = new Map<string, PlanParameter>();
  for (const argument of call.arguments) {
    const spec = specs.get(argument.entry.key);
    const name = spec?.name ?? argument.entry.key;
    const where = { step: step.id, path: argument.path, offset: argument.entry.keyStart };
    if (spec?.type.kind === "model") {
      continue;
    }
    if (read.has(name)) {
      const message = `${name} is given twice, in two spellings; the last one counts`;
      find(checker.context, "duplicate_key", { where, message });
    }
    if (spec === undefined && !argument.entry.key.startsWith("_")) {
      unknownParameter(checker, call, { name, where });
    }
    read.set(name, parameterFrom(checker, argument, { spec, call, spot }));
  }
  const schema = answerSchema(step, { call, given: (name) => read.has(name) });
  if (schema !== undefined) {
    read.set(schema.name, schema);
  }
  checkGiven(checker, { step, call, read });
  checkTransforms(checker.context, { step, call });
  checkAnswerForm(checker.context, { step, call, read });
  return [...read.values()];
}

function unknownParameter(
  checker: Checker,
  call: Call,
  { name, where }: { name: string; where: Where },
): void {
  const names = parametersOf(call.spec).keys();
  const known = [...names];
  const near = nearNames(name, known);
  const isCrowded = checker.context.report.crowded;
  const closest = near[0] ?? (isCrowded ? undefined : closestName(name, known));
  const who = call.tool === null ? call.spec.name : `${call.tool} ${call.spec.name}`;
  find(checker.context, "unknown_parameter", {
    where,
    severity: near.length > 0 ? "error" : "warning",
    message: `${who} has no parameter ${name}; the nearest is ${closest ?? "none: it has no parameters"}`,
    suggestions: near.length > 0 ? near : [closest].filter((each) => each !== undefined),
  });
}

function parameterFrom(
  checker: Checker,
  { entry, path }: Argument,
  { spec, call, spot }: { spec: ParameterSpec | undefined; call: Call; spot: Spot },
): PlanParameter {
  const { key, value } = entry;
  const type: FieldType = spec?.type ?? { kind: "any" };
  const reads: ParameterReads = { isPrompt: call.spec.nature === "model", secret: false };
  const own = { ...spot, path, parameter: reads };
  const name = spec?.name ?? key;
  const required = spec?.required ?? false;
  if (key.startsWith("_")) {
    return { name, type, required, field: verbatim(value) };
  }
  if (type.kind === "condition") {
    return withSecret({ name, type, required, field: conditionField(checker, value, own) }, reads);
  }
  const field = fieldFrom(checker, value, { ...own, wanted: type });
  checkType(checker, { field, node: value }, { name, type, spot: own, call });
  return withSecret({ name, type, required, field }, reads);
}

function withSecret(parameter: PlanParameter, { secret }: ParameterReads): PlanParameter {
  return secret ? { ...parameter, secret } : parameter;
}

/** A condition as a parameter is evaluated by the step: its source is kept as written. */
function conditionField(checker: Checker, node: Node, spot: Spot): Field {
  const condition = conditionFrom(checker, node, spot);
  if (condition === undefined || typeof condition.source === "boolean") {
    return verbatim(node);
  }
  const { source, path, line, column, autos } = condition;
  return {
    kind: "template",
    source,
    path,
    line,
    column,
    ...(autos === undefined ? {} : { autos }),
  };
}

const SCALAR_KINDS = new Set<FieldType["kind"]>([
  "integer",
  "number",
  "boolean",
  "enum",
  "path",
  "duration",
]);

function checkType(
  checker: Checker,
  { field, node }: { field: Field; node: Node },
  { name, type, spot, call }: { name: string; type: FieldType; spot: Spot; call: Call },
): void {
  const message = isForeign(node) ? undefined : misfitOf(field, type);
  if (message !== undefined) {
    const who = call.tool === null ? call.spec.name : `${call.tool} ${call.spec.name}`;
    find(checker.context, "parameter_type", {
      where: { step: spot.step, path: spot.path, offset: node.start },
      message: `${name} of ${who} ${message}`,
      ...(type.kind === "enum" ? { suggestions: suggestedValues(node, type.values) } : {}),
    });
  }
}

/** A tag that was refused stands for a value that is not known. */
function isForeign(node: Node): boolean {
  return (
    node.kind === "scalar" &&
    (node.autos.length > 0 ||
      includes(node) ||
      (typeof node.value === "string" && hasMarkup(node.value)))
  );
}

function suggestedValues(node: Node, values: readonly string[]): readonly string[] {
  const near = nearNames(wordOf(node) ?? "", values);
  return near.length > 0 ? near : values;
}

/** Why a field cannot have its type, whatever its templates give. */
function misfitOf(field: Field, type: FieldType): string | undefined {
  switch (field.kind) {
    case "template":
      return undefined;
    case "literal": {
      const outcome = field.value === null ? undefined : fit(field.value, type);
      return outcome?.kind === "misfit" ? outcome.message : undefined;
    }
    case "list":
      return SCALAR_KINDS.has(type.kind) || type.kind === "object"
        ? `must be of type ${type.kind}, not a list`
        : undefined;
    case "object":
      return SCALAR_KINDS.has(type.kind) || type.kind === "array"
        ? `must be of type ${type.kind}, not a mapping`
        : undefined;
  }
}

/** A required parameter that nothing can supply at run time (L40). */
function checkGiven(
  checker: Checker,
  { step, call, read }: { step: CoreStep; call: Call; read: ReadonlyMap<string, PlanParameter> },
): void {
  const given = (name: string): boolean => {
    const field = read.get(name)?.field;
    return field !== undefined && !(field.kind === "literal" && field.value === null);
  };
  const where = { step: step.id, path: "parameters", offset: step.offset };
  const who = call.tool === null ? call.spec.name : `${call.tool} ${call.spec.name}`;
  for (const { name, required, description } of call.spec.parameters) {
    if (required && !given(name)) {
      find(checker.context, "missing_parameter", {
        where: { ...where, path: joinPath("parameters", name) },
        message: `${who} needs the parameter ${name}: ${description}`,
        suggestions: [`${name}: `],
      });
    }
  }
  for (const group of call.spec.anyOf ?? []) {
    if (!group.some(given)) {
      find(checker.context, "missing_parameter", {
        where,
        message: `${who} needs one of the parameters ${group.join(", ")}`,
        suggestions: group.map((name) => `${name}: `),
      });
    }
  }
}
