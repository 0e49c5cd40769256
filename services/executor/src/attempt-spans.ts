/** Opens a span for every attempt of a run that is traced. */
export interface AttemptSpans {
  /** Undefined when the run's trace is not sampled. */
  start(attempt: {
    readonly traceparent: string;
    readonly runId: string;
    readonly step: string;
    readonly tool: string | null;
    readonly operation: string;
    readonly attempt: number;
    /** Of the step (L162). */
    readonly labels?: Readonly<Record<string, string>>;
  }): AttemptSpan | undefined;
}

/** The span of one attempt. */
export interface AttemptSpan {
  /** W3C trace context for what the attempt calls. */
  readonly traceparent: string;
  end(outcome: { readonly code: string | undefined; readonly message: string | undefined }): void;
}
