import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { transportErrorFrom } from "@orchestrator/rpc";

import { deadlineSlackMs } from "../call-context.ts";
import { eachFailure } from "../each-message.ts";
import { messageInvalid, messageTooLarge } from "../errors.ts";
import { grpcTimeoutMs } from "./grpc-timeout.ts";

/**
 * Makes the signal of a call tell why it ends: at its deadline, because the caller left, or because the server stops.
 * What Connect itself says of a call gets the reason that every error has.
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
    const { signal: toldBy } = told;
    try {
      const response = await (request.stream
        ? next({ ...request, signal: toldBy, message: eachFailure(request.message, unreadable) })
        : next({ ...request, signal: toldBy }));
      return response.stream
        ? { ...response, message: eachFailure(response.message, transportErrorFrom) }
        : response;
    } catch (thrown) {
      throw transportErrorFrom(thrown);
    }
  };
}

/** Why a message of a stream cannot be read, for interceptors, which take errors of Connect for those of a peer. */
function unreadable(thrown: unknown): unknown {
  const error = ConnectError.from(thrown);
  if (error.code === Code.InvalidArgument || error.code === Code.Internal) {
    return messageInvalid(error.rawMessage, thrown);
  }
  return error.code === Code.ResourceExhausted
    ? messageTooLarge(error.rawMessage, { cause: thrown })
    : thrown;
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
