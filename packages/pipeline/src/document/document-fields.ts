import type { StepError } from "../events.ts";

/** Makes what documents say of a failure, in their order. */
export function errorFields(error: StepError | undefined): {
  readonly error: string | null;
  readonly error_type: string | null;
  readonly error_code: string | null;
} {
  return error === undefined
    ? { error: null, error_type: null, error_code: null }
    : { error: error.message, error_type: error.type, error_code: error.code };
}

/** Makes what documents say of times, in seconds since 1970 and seconds. */
export function timeFields({
  fromMs,
  toMs,
}: {
  fromMs: number | undefined;
  toMs: number | undefined;
}): {
  readonly started_at: number | null;
  readonly completed_at: number | null;
  readonly duration: number | null;
} {
  return {
    started_at: fromMs === undefined ? null : fromMs / 1000,
    completed_at: toMs === undefined ? null : toMs / 1000,
    duration: fromMs === undefined || toMs === undefined ? null : (toMs - fromMs) / 1000,
  };
}
