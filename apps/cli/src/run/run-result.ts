/** What the command itself reads of a result document (L174); the rest goes through untouched. */
export type RunResult = {
  readonly runId: string;
  readonly pipelineId: string;
  readonly status: string;
  readonly success: boolean;
  readonly error: string | null;
  readonly errorType: string | null;
  readonly durationMs: number | null;
  readonly steps: readonly StepResult[];
  readonly outputs: readonly (readonly [string, unknown])[];
  readonly artifacts: readonly string[];
  /** A line each. */
  readonly warnings: readonly string[];
};

export type StepResult = {
  readonly id: string;
  readonly status: string;
  readonly success: boolean;
  readonly error: string | null;
  readonly errorType: string | null;
};

/** Read a result document. */
export function readResult(documentJson: string): RunResult {
  const document: unknown = JSON.parse(documentJson);
  const steps = Object.values(objectAt(document, "steps"));
  const duration = at(document, "duration");
  return {
    runId: textAt(document, "run_id") ?? "",
    pipelineId: textAt(document, "pipeline_id") ?? "",
    status: textAt(document, "status") ?? "",
    success: at(document, "success") === true,
    error: textAt(document, "error"),
    errorType: textAt(document, "error_type"),
    durationMs: typeof duration === "number" ? duration * 1_000 : null,
    steps: steps.map((step) => ({
      id: textAt(step, "id") ?? "",
      status: textAt(step, "status") ?? "",
      success: at(step, "success") === true,
      error: textAt(step, "error"),
      errorType: textAt(step, "error_type"),
    })),
    outputs: Object.entries(objectAt(document, "outputs")),
    artifacts: listAt(document, "artifacts").flatMap((artifact) => textAt(artifact, "path") ?? []),
    warnings: listAt(document, "warnings").map(
      (warning) => `${textAt(warning, "code") ?? ""} ${textAt(warning, "message") ?? ""}`,
    ),
  };
}

function at(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}

function textAt(value: unknown, key: string): string | null {
  const found = at(value, key);
  return typeof found === "string" ? found : null;
}

function objectAt(value: unknown, key: string): object {
  const found = at(value, key);
  return typeof found === "object" && found !== null ? found : {};
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const found = at(value, key);
  return Array.isArray(found) ? found : [];
}
