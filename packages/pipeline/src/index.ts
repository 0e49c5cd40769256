export type {
  ActionSpec,
  Catalogue,
  FieldType,
  Nature,
  OperationSpec,
  ParameterSpec,
  ResultField,
  ResultSpec,
  ToolSpec,
} from "./catalogue.ts";
export type { BundledFile, Compilation, CompileOptions } from "./compile.ts";
export { durationMs } from "./duration.ts";
export * from "./events.ts";
export type { Finding } from "./finding.ts";
export { FINDING_CODES, type FindingCode, RUN_CODES, type Severity } from "./finding-codes.ts";
export { findingsReference } from "./findings-reference.ts";
export { LIMITS } from "./limits.ts";
export * from "./plan.ts";
export { FAILURE_CODES, type FailureCode, type FailureSpec, isRetriedStatus } from "./failure-codes.ts";
