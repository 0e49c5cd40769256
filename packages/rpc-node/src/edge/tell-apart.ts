import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";

import { deadlineSlackMs } from "../call-context.ts";
import { grpcTimeoutMs } from "./grpc-timeout.ts";

/**
 * Makes the signal of a call tell why it ends: at its deadline, because the caller left, or because the server stops.
 *
 * Over HTTP a caller just closes his stream, with whatever code his library likes.
 */
export function tellApart(shutdownSignal: AbortSignal): Interceptor {
  return (next) => async (request) => {
    const { signal, header, stream } = request;
    const timeoutMs = timeoutIn(header);
    const lateAtMs = performance.now() + timeoutMs - deadlineSlackMs(timeoutMs);
    const told = new AbortController();
    const stop = (): void => told.abort(shutdownSignal.reason);
    // Comes at the end of every call, whatever its end.
    const tell = (): void => {
      shutdownSignal.removeEventListener("abort", stop);
      told.abort(reasonOf(signal, performance.now() >= lateAtMs));
    };
    signal.addEventListener("abort", tell, { once: true });
    if (signal.aborted) {
      tell();
    } else if (stream) {
      // A unary call may finish.
      shutdownSignal.addEventListener("abort", stop, { once: true });
      if (shutdownSignal.aborted) {
        stop();
      }
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
  return grpcTimeoutMs(header.get("grpc-timeout") ?? undefined);
}
