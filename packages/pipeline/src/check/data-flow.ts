import type { ResultSpec } from "../catalogue.ts";
import { find, type Where } from "../desugar/context.ts";
import type { Call } from "./calls.ts";
import { parametersOf } from "./catalogue-index.ts";
import type { Checker, Spot } from "./checker.ts";
import { didYouMean, nearNames } from "./near.ts";

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
  const call = checker.names.steps.get(id)?.call;
  const [first, second] = path;
  if (call === undefined || first === undefined) {
    return;
  }
  if (first === "parameters" || first === null) {
    spot.uses.parametersOf.add(id);
    return;
  }
  if (first === "result") {
    if (typeof second === "string" && !hasField(call.spec.result, second)) {
      unknownField(checker, read, { field: second, prefix: `${id}.result`, call });
    }
    return;
  }
  if (typeof first === "number" || RESERVED.has(first)) {
    return;
  }
  checkField(checker, read, { field: first, call });
}

function checkField(
  checker: Checker,
  read: ViewRead,
  { field, call }: { field: string; call: Call },
): void {
  const { id, spot } = read;
  const isParameter = parametersOf(call.spec).has(field) || isGiven(call, field);
  if (isListed(call.spec.result, field)) {
    return;
  }
  if (isParameter && !RECORD.has(field)) {
    spot.uses.parametersOf.add(id);
    return;
  }
  if (!RECORD.has(field) && !hasField(call.spec.result, field)) {
    unknownField(checker, read, { field, prefix: id, call });
  }
}

function isGiven(call: Call, field: string): boolean {
  return call.arguments.some(({ entry }) => entry.key === field);
}

function isListed(result: ResultSpec, field: string): boolean {
  return result.kind === "object" && result.fields.some(({ name }) => name === field);
}

const INDEX = /^-?\d+$/;

function hasField(result: ResultSpec, field: string): boolean {
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
  { field, prefix, call }: { field: string; prefix: string; call: Call },
): void {
  const { result } = call.spec;
  const names = result.kind === "object" ? result.fields.map(({ name }) => name) : [];
  const suggestions = nearNames(field, names);
  const has = names.length === 0 ? "is text" : `has ${names.join(", ")}`;
  find(checker.context, "data_flow_undefined_output", {
    where,
    message: `the result of ${id} has no field ${field}: it ${has}${didYouMean(suggestions)}`,
    suggestions: suggestions.map((name) => `${prefix}.${name}`),
    referencedStep: id,
    referencedField: field,
  });
}
