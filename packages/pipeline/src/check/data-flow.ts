import type { ResultSpec } from "../catalogue.ts";
import { find, type Where } from "../desugar/context.ts";
import type { Call } from "./calls.ts";
import { parametersOf } from "./catalogue-index.ts";
import type { Checker, Spot } from "./checker.ts";
import { didYouMean, nearNames } from "./near.ts";
import { declaredFields } from "./step-outputs.ts";

/** Fields of a view that are read before anything else (L69). */
const RESERVED = new Set([
  "result",
  "status",
  "success",
  "duration",
  "parameters",
  "error",
  "error_type",
  "error_code",
]);
/** Fields of a step's record (L70). */
const RECORD = new Set([
  "id",
  "tool",
  "action",
  "model",
  "provider",
  "usage",
  "attempts",
  "retries",
  "timed_out",
  "recovered",
  "cached",
  "skip_reason",
  "started_at",
  "completed_at",
  "artifacts",
  "location",
  "produces",
]);

/** A read of a field of a step's view. */
export type ViewRead = {
  readonly id: string;
  readonly path: readonly (string | number | null)[];
  readonly spot: Spot;
  readonly where: Where;
};

/** Check that what is read of a step is something it has (L70, L171). */
export function checkDataFlow(checker: Checker, read: ViewRead): void {
  const { path, spot, id } = read;
  const known = checker.names.steps.get(id);
  const [first, second] = path;
  if (known?.call === undefined || first === undefined) {
    return;
  }
  const { call } = known;
  const has: Has = { call, declared: declaredFields(known.core) };
  if (first === "parameters" || first === null) {
    spot.uses.parametersOf.add(id);
    return;
  }
  if (first === "result") {
    if (typeof second === "string" && !hasField(has, second)) {
      unknownField(checker, read, { field: second, prefix: `${id}.result`, has });
    }
    return;
  }
  if (typeof first === "number" || RESERVED.has(first)) {
    return;
  }
  checkField(checker, read, { field: first, has });
}

/** What a step has in its result: what its action lists, and what it declares itself (L35). */
type Has = { readonly call: Call; readonly declared: readonly string[] | undefined };

function checkField(
  checker: Checker,
  read: ViewRead,
  { field, has }: { field: string; has: Has },
): void {
  const { id, spot } = read;
  const { call, declared } = has;
  const isParameter = parametersOf(call.spec).has(field) || isGiven(call, field);
  if (isListed(call.spec.result, field) || declared?.includes(field) === true) {
    return;
  }
  if (isParameter && !RECORD.has(field)) {
    spot.uses.parametersOf.add(id);
    return;
  }
  if (!RECORD.has(field) && !hasField(has, field)) {
    unknownField(checker, read, { field, prefix: id, has });
  }
}

function isGiven(call: Call, field: string): boolean {
  return call.arguments.some(({ entry }) => entry.key === field);
}

function isListed(result: ResultSpec, field: string): boolean {
  return result.kind === "object" && result.fields.some(({ name }) => name === field);
}

const INDEX = /^-?\d+$/;

function hasField({ call, declared }: Has, field: string): boolean {
  const { result } = call.spec;
  if (declared !== undefined) {
    return declared.includes(field) || isListed(result, field);
  }
  switch (result.kind) {
    case "any":
      return true;
    case "text":
      return INDEX.test(field);
    case "object":
      return result.open || isListed(result, field);
  }
}

function unknownField(
  checker: Checker,
  { id, where }: ViewRead,
  { field, prefix, has }: { field: string; prefix: string; has: Has },
): void {
  const { result } = has.call.spec;
  const listed = result.kind === "object" ? result.fields.map(({ name }) => name) : [];
  const names = [...new Set([...(has.declared ?? []), ...listed])];
  const suggestions = nearNames(field, names);
  const shape = names.length === 0 ? "is text" : `has ${names.join(", ")}`;
  find(checker.context, "data_flow_undefined_output", {
    where,
    message: `the result of ${id} has no field ${field}: it ${shape}${didYouMean(suggestions)}`,
    ...(has.declared === undefined ? {} : { severity: "error" }),
    suggestions: suggestions.map((name) => `${prefix}.${name}`),
    referencedStep: id,
    referencedField: field,
  });
}
