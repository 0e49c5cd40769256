import { Code } from "@connectrpc/connect";
import { RpcError } from "@orchestrator/rpc";

/** INVALID_ARGUMENT: the stream cannot go on, since answers could not be told apart. */
export function keyReused(key: number): RpcError {
  return new RpcError(Code.InvalidArgument, {
    reason: "CALL_KEY_REUSED",
    message: `call ${key} is open on this stream already; give each call a key of its own`,
    metadata: { key: String(key) },
  });
}
