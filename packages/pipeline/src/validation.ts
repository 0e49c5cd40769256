import type { Json } from "@orchestrator/template";

import type { Compilation } from "./compile.ts";
import type { JsonObject } from "./events.ts";
import type { Finding } from "./finding.ts";
import type { InputViolation } from "./inputs/bind-inputs.ts";

/** A document that was validated, and with inputs what is wrong with them (L169). */
export type Validation = {
  readonly file: string;
  readonly compilation: Compilation;
  readonly violations?: readonly InputViolation[];
};

/** Whether a document, and the inputs given with it, would be accepted; under `strict` without warnings (L172). */
export function isValid(
  validation: Validation,
  { strict = false }: { strict?: boolean } = {},
): boolean {
  const { compilation, violations = [] } = validation;
  return (
    compilation.kind === "compiled" &&
    violations.length === 0 &&
    !(strict && compilation.findings.some(({ severity }) => severity === "warning"))
  );
}

/** The text form of a validation (L172), without a final newline. */
export function validationText(validation: Validation): string {
  const { file, compilation, violations = [] } = validation;
  const { findings } = compilation;
  const warnings = counted(
    findings.filter(({ severity }) => severity === "warning").length,
    "warning",
  );
  const errors = findings.filter(({ severity }) => severity === "error").length + violations.length;
  const first = isValid(validation)
    ? `✓ ${file} is valid${warnings === "" ? "" : ` (${warnings})`}`
    : `✗ ${file} is not valid (${[counted(errors, "error"), warnings].filter((part) => part !== "").join(", ")})`;
  return [
    first,
    ...findings.map((finding) => `${finding.code} ${placeOf(file, finding)} ${finding.message}`),
    ...violations.map(({ code, input, message }) => `${code} ${nameOf(input)} ${message}`),
  ].join("\n");
}

function counted(count: number, what: string): string {
  return count === 0 ? "" : `${count} ${what}${count === 1 ? "" : "s"}`;
}

function placeOf(file: string, { line, column }: Finding): string {
  return line === null ? `${file}:` : `${file}:${line}:${column ?? 1}:`;
}

function nameOf(input: string): string {
  return input === "" ? "inputs:" : `inputs.${input}:`;
}

/** The JSON form of a validation (L172). */
export function validationJson(validation: Validation): JsonObject {
  const { file, compilation, violations = [] } = validation;
  const valid = isValid(validation);
  const findings: Json[] = [
    ...compilation.findings.map((finding) => ({ ...finding })),
    ...violations.map(violationFinding),
  ];
  const first = compilation.findings.find(({ severity }) => severity === "error");
  return {
    pipeline_file: file,
    valid,
    pipeline: pipelineOf(compilation),
    tasks: tasksOf(compilation),
    findings,
    ...(valid ? {} : { error: first?.message ?? violations[0]?.message ?? "" }),
  };
}

function pipelineOf(compilation: Compilation): string | null {
  return compilation.kind === "compiled"
    ? compilation.plan.pipeline.id
    : (compilation.pipelineId ?? null);
}

function tasksOf(compilation: Compilation): JsonObject {
  return compilation.kind === "compiled"
    ? Object.fromEntries(compilation.plan.steps.map(({ id, dependencies }) => [id, dependencies]))
    : {};
}

/** A refused input in the shape of a finding (L170). */
function violationFinding({ code, input, message }: InputViolation): Json {
  const path = input === "" ? "inputs" : `inputs.${input}`;
  return {
    code,
    severity: "error",
    category: "submission",
    step: null,
    path,
    parameter_path: path,
    line: null,
    column: null,
    referenced_step: null,
    referenced_field: null,
    message,
    suggestions: [],
  };
}
