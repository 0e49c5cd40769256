import { type ContextValues, createContextKey } from "@connectrpc/connect";
import {
  type Admission,
  type Caller,
  callerOf,
  type CallRecord,
  type RpcError,
} from "@orchestrator/rpc";

const foundKey = createContextKey<Caller | RpcError | undefined>(undefined);

/** Names the caller, or refuses it; looked at once a call, by whoever comes first: a door before it reads, or an interceptor. */
export function callerOnce(
  values: ContextValues,
  { call, admission }: { call: Pick<CallRecord, "metadata" | "peer">; admission: Admission },
): Caller | RpcError {
  const known = values.get(foundKey);
  if (known !== undefined) {
    return known;
  }
  const found = callerOf(call, admission);
  values.set(foundKey, found);
  return found;
}
