/** The five characters by which PostgreSQL names an error, or undefined when another thing failed. */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : undefined;
}

/** Whether the database asks for the whole transaction again. */
export function isSerializationFailure(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === "40001" || state === "40P01";
}

/**
 * Whether the error says nothing about the statement: the connection, the server or its resources failed. What was
 * sent may have been committed.
 */
export function isUnavailable(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === undefined) {
    return isSystemError(error) || isLostConnection(error);
  }
  return /^(08|53|57P|58)/.test(state) || WRITES_ELSEWHERE.has(state) || CANCELLED.has(state);
}

/** Whether another host may be the primary now. */
export function mayHaveMoved(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === undefined) {
    return isSystemError(error) || isLostConnection(error);
  }
  return /^(08|57P0)/.test(state) || WRITES_ELSEWHERE.has(state);
}

/** A write that reached a replica. */
const WRITES_ELSEWHERE = new Set(["25006"]);
/** Statement and lock timeouts. */
const CANCELLED = new Set(["57014", "55P03"]);

function isSystemError(error: unknown): boolean {
  return (
    error instanceof Error &&
    (("code" in error && typeof error.code === "string" && /^E[A-Z]{2,}/.test(error.code)) ||
      error instanceof AggregateError)
  );
}

/** What `pg` says without a code. */
function isLostConnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    /connection terminated|connection timeout|not queryable|timeout exceeded|timeout expired|query read timeout|no primary|pool after calling end|client was closed/i.test(
      error.message,
    )
  );
}
