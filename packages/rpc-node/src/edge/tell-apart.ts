import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";

/** Clients end a call at their deadline a moment before the server does; so long a moment may be. */
const CLOCK_SLACK_MS = 20;
const TIMEOUT_UNITS_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * Makes the signal of a call tell why it ends: at its deadline, because the caller left, or because the server stops.
 *
 * Over HTTP a caller just closes his stream, with whatever code his library likes.
 */
export function tellApart(): Interceptor {
  return (next) => async (request) => {
    const { signal, header } = request;
    const deadlineAtMs = performance.now() + timeoutIn(header) - CLOCK_SLACK_MS;
    const told = new AbortController();
    const tell = (): void => told.abort(reasonOf(signal, performance.now() >= deadlineAtMs));
    signal.addEventListener("abort", tell, { once: true });
    if (signal.aborted) {
      tell();
    }
    return next({ ...request, signal: told.signal });
  };
}

function reasonOf({ reason }: AbortSignal, late: boolean): ConnectError {
  const error = ConnectError.from(reason, Code.Canceled);
  if (error.code === Code.DeadlineExceeded || error.code === Code.Unavailable) {
    return error;
  }
  return late
    ? new ConnectError("the deadline passed", Code.DeadlineExceeded)
    : new ConnectError("the caller left", Code.Canceled);
}

function timeoutIn(header: Headers): number {
  const connect = header.get("connect-timeout-ms");
  if (connect !== null) {
    return Number(connect);
  }
  const [, amount, unit] = /^(\d{1,8})([HMSmun])$/.exec(header.get("grpc-timeout") ?? "") ?? [];
  return amount === undefined || unit === undefined
    ? Infinity
    : Number(amount) * (TIMEOUT_UNITS_MS[unit] ?? Infinity);
}
