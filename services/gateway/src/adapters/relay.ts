import { Code, ConnectError } from "@connectrpc/connect";
import { fromWireError, RpcError } from "@orchestrator/rpc";

import { stateUnavailable } from "../errors.ts";

/** Codes whose cause is the caller's request, so that state's own words are the right answer. */
const RELAYED: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.AlreadyExists,
  Code.FailedPrecondition,
  Code.Aborted,
  Code.ResourceExhausted,
]);

/** Wait for an answer of the state service; errors that are meant for the caller keep their reason. */
export async function relay<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    throw relayed(thrown);
  }
}

/** What a caller of the gateway is told of an error that the state service answered with. */
export function relayed(thrown: unknown): unknown {
  if (thrown instanceof RpcError || !(thrown instanceof ConnectError)) {
    return thrown;
  }
  if (RELAYED.has(thrown.code)) {
    return fromWireError(thrown);
  }
  return thrown.code === Code.Unavailable
    ? stateUnavailable("the state service cannot be reached; try again")
    : thrown;
}
