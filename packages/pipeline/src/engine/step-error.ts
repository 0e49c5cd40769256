import type { StepError } from "../events.ts";
import {
  FAILURE_CODES,
  type FailureCode,
  type FailureSpec,
  isRetriedStatus,
} from "../failure-codes.ts";

/** Makes a failure whose type is the one that L103 gives its code. */
export function stepError(
  code: FailureCode,
  message: string,
  rest: Omit<StepError, "code" | "type" | "message"> = {},
): StepError {
  return { code, type: FAILURE_CODES[code].type, message, ...rest };
}

/** True when the failure is one that the action itself reports (L81); of a model, every failure is raised. */
export function isReported(error: StepError, { ofModel }: { ofModel: boolean }): boolean {
  return !ofModel && specOf(error)?.reported === true;
}

/** True when another attempt may be made after this failure (L90, L103). */
export function isRetried(
  error: StepError,
  { retryOn, noRetryOn }: { retryOn: readonly string[]; noRetryOn: readonly string[] },
): boolean {
  const spec = specOf(error);
  if (spec === undefined || !spec.retried || !isTransient(error)) {
    return false;
  }
  const names = namesOf(error, spec);
  if (noRetryOn.some((name) => name === "*" || names.has(name))) {
    return false;
  }
  // L51: only by name, since `*` is the default and the effect may have happened.
  const all = error.code !== "ATTEMPT_LOST";
  return retryOn.some((name) => (name === "*" && all) || names.has(name));
}

const SPECS: ReadonlyMap<string, FailureSpec> = new Map(Object.entries(FAILURE_CODES));

function specOf({ code }: StepError): FailureSpec | undefined {
  return SPECS.get(code);
}

function isTransient({ code, status }: StepError): boolean {
  return code !== "HTTP_STATUS" || status === undefined || isRetriedStatus(status);
}

function namesOf(error: StepError, spec: FailureSpec): ReadonlySet<string> {
  const status = error.status === undefined ? [] : [String(error.status)];
  return new Set([error.code, error.type, spec.type, ...spec.supertypes, ...status]);
}
