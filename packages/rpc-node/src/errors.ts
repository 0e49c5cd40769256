import { Code } from "@connectrpc/connect";
import { RpcError } from "@orchestrator/rpc";

/** INVALID_ARGUMENT: what was sent is no message of the method. */
export function messageInvalid(message: string, cause?: unknown): RpcError {
  return new RpcError(Code.InvalidArgument, { reason: "MESSAGE_INVALID", message, cause });
}

/** RESOURCE_EXHAUSTED: packed or unpacked, a message is larger than it may be. */
export function messageTooLarge(message: string, { cause }: { cause?: unknown } = {}): RpcError {
  return new RpcError(Code.ResourceExhausted, { reason: "MESSAGE_TOO_LARGE", message, cause });
}

/** UNIMPLEMENTED: no such method, or not in this form. */
export function methodUnknown(message: string): RpcError {
  return new RpcError(Code.Unimplemented, { reason: "METHOD_UNKNOWN", message });
}

/** NOT_FOUND: neither a method nor a route. */
export function pathNotFound(path: string): RpcError {
  return new RpcError(Code.NotFound, {
    reason: "PATH_NOT_FOUND",
    message: `there is nothing at ${path}`,
    metadata: { path },
  });
}

/** PERMISSION_DENIED: the request comes from, or names, another site. */
export function originRefused(message: string): RpcError {
  return new RpcError(Code.PermissionDenied, { reason: "ORIGIN_REFUSED", message });
}
