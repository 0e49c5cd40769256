/** What the primary process says to a worker. */
export type ToWorker =
  /** Say NOT_SERVING, let calls end, and end. */
  | { readonly kind: "drain" }
  | { readonly kind: "metrics_asked"; readonly id: number }
  | { readonly kind: "metrics_merged"; readonly id: number; readonly text: string };

/** What a worker says to the primary process. */
export type ToPrimary =
  /** It serves. */
  | { readonly kind: "ready" }
  | { readonly kind: "metrics"; readonly id: number; readonly metrics: object }
  /** Somebody asks for the metrics of all. */
  | { readonly kind: "metrics_wanted"; readonly id: number };

/** Reads what came from the primary; undefined for what is not of ours. */
export function readToWorker(message: unknown): ToWorker | undefined {
  const { kind, id, text } = fieldsOf(message);
  if (kind === "drain") return { kind };
  if (typeof id !== "number") return undefined;
  if (kind === "metrics_asked") return { kind, id };
  return kind === "metrics_merged" && typeof text === "string" ? { kind, id, text } : undefined;
}

/** Reads what came from a worker; undefined for what is not of ours. */
export function readToPrimary(message: unknown): ToPrimary | undefined {
  const { kind, id, metrics } = fieldsOf(message);
  if (kind === "ready") return { kind };
  if (typeof id !== "number") return undefined;
  if (kind === "metrics_wanted") return { kind, id };
  return kind === "metrics" && typeof metrics === "object" && metrics !== null
    ? { kind, id, metrics }
    : undefined;
}

function fieldsOf(message: unknown): Readonly<Record<string, unknown>> {
  return typeof message === "object" && message !== null ? { ...message } : {};
}
