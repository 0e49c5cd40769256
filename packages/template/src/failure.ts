/** Why an evaluation ended (L2, L3, L59, L60). */
export type FailureCode = "TEMPLATE_ERROR" | "TEMPLATE_LIMIT" | "TEMPLATE_SECURITY";

/** Ends an evaluation; whoever started it returns it as an outcome. */
export class TemplateFailure extends Error {
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** An operation that the values at hand do not have. */
export function failed(message: string): TemplateFailure {
  return new TemplateFailure("TEMPLATE_ERROR", message);
}

/** A bound that was passed. */
export function overLimit(message: string): TemplateFailure {
  return new TemplateFailure("TEMPLATE_LIMIT", message);
}
