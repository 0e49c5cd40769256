import type { FailureCode } from "@orchestrator/pipeline";

/** Data that an operation cannot work off; the job fails with this code, and nothing of it is masked (L191). */
export class DataError extends Error {
  override readonly name = "DataError";
  readonly code: FailureCode;

  constructor(
    message: string,
    { code = "DATA_FORMAT", cause }: { code?: FailureCode; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.code = code;
  }
}

/** A parameter that the operation has no use for. */
export function invalidParameter(message: string): DataError {
  return new DataError(message, { code: "PARAMETER_INVALID" });
}
