import { Code } from "@connectrpc/connect";
import { type FieldViolation, RpcError } from "@orchestrator/rpc";

import { runIdText } from "./run.ts";
import { MAX_SECRETS } from "./secret.ts";

const RETRY_MS = 200;

/** NOT_FOUND: nothing to retry. */
export function runNotFound(runId: Uint8Array): RpcError {
  const run = runIdText(runId);
  return new RpcError(Code.NotFound, {
    reason: "RUN_NOT_FOUND",
    message: `run ${run} does not exist`,
    metadata: { run },
  });
}

/** NOT_FOUND: the document, or this plan of it, was never stored. */
export function definitionNotFound(documentHash: Uint8Array): RpcError {
  const hash = Buffer.from(documentHash).toString("hex");
  return new RpcError(Code.NotFound, {
    reason: "DEFINITION_NOT_FOUND",
    message: `no definition with hash ${hash} and this plan is stored; put it first`,
    metadata: { document_hash: hash },
  });
}

/** NOT_FOUND: nothing to retry. */
export function pipelineNotFound(name: string): RpcError {
  return new RpcError(Code.NotFound, {
    reason: "PIPELINE_NOT_FOUND",
    message: `pipeline ${name} does not exist, or has no such version`,
    metadata: { pipeline: name },
  });
}

/** NOT_FOUND: nothing to retry. */
export function blobNotFound(hash: Uint8Array): RpcError {
  const text = Buffer.from(hash).toString("hex");
  return new RpcError(Code.NotFound, {
    reason: "BLOB_NOT_FOUND",
    message: `no blob with hash ${text} is stored`,
    metadata: { hash: text },
  });
}

/** ALREADY_EXISTS: the same request id, but another request. */
export function requestIdReused(requestId: string): RpcError {
  return new RpcError(Code.AlreadyExists, {
    reason: "REQUEST_ID_REUSED",
    message: `request ${requestId} asked for something else before; choose a new request_id`,
    metadata: { request: requestId },
  });
}

/** FAILED_PRECONDITION: the definition must be put before what stands on it. */
export function definitionMissing(documentHash: Uint8Array): RpcError {
  const hash = Buffer.from(documentHash).toString("hex");
  return new RpcError(Code.FailedPrecondition, {
    reason: "DEFINITION_MISSING",
    message: `no definition with hash ${hash} is stored; put it, then try again`,
    metadata: { document_hash: hash },
  });
}

/** FAILED_PRECONDITION: the session is over; open a new one. */
export function sessionDead(sessionId: number): RpcError {
  return new RpcError(Code.FailedPrecondition, {
    reason: "SESSION_DEAD",
    message: `session ${sessionId} is not live; open a new one`,
    metadata: { session: String(sessionId) },
  });
}

/** INVALID_ARGUMENT: what came does not make sense. */
export function invalidRequest(violation: FieldViolation): RpcError {
  return new RpcError(Code.InvalidArgument, {
    reason: "REQUEST_INVALID",
    message: `${violation.field} ${violation.description}`,
    fieldViolations: [violation],
  });
}

/** FAILED_PRECONDITION: there is no key that secrets could be stored under. */
export function secretKeyMissing(): RpcError {
  return new RpcError(Code.FailedPrecondition, {
    reason: "SECRET_KEY_MISSING",
    message: "secrets are stored encrypted only: set ORCHESTRATOR_SECRET_KEY for the state service",
  });
}

/** NOT_FOUND: nothing to retry. */
export function secretUnknown(name: string): RpcError {
  return new RpcError(Code.NotFound, {
    reason: "SECRET_UNKNOWN",
    message: `secret ${name} does not exist`,
    metadata: { secret: name },
  });
}

/** RESOURCE_EXHAUSTED: delete some first. */
export function tooManySecrets(): RpcError {
  return new RpcError(Code.ResourceExhausted, {
    reason: "TOO_MANY_SECRETS",
    message: `a namespace has at most ${MAX_SECRETS} secrets`,
    metadata: { max: String(MAX_SECRETS) },
  });
}

/** ABORTED: another executor holds the run, or none. */
export function runNotHeld(runId: Uint8Array): RpcError {
  const run = runIdText(runId);
  return new RpcError(Code.Aborted, {
    reason: "RUN_NOT_HELD",
    message: `run ${run} is not held by this session in this epoch`,
    metadata: { run },
  });
}

/** RESOURCE_EXHAUSTED: larger than this store takes. */
export function tooLarge(field: string, maxBytes: number): RpcError {
  return new RpcError(Code.ResourceExhausted, {
    reason: "TOO_LARGE",
    message: `${field} is larger than ${maxBytes} bytes`,
    metadata: { field, max_bytes: String(maxBytes) },
  });
}

/** UNAVAILABLE: the database cannot be reached; the same request may be sent again. */
export function storeUnavailable(cause: unknown): RpcError {
  return new RpcError(Code.Unavailable, {
    reason: "STORE_UNAVAILABLE",
    message: "the database cannot be reached; try again",
    retryAfterMs: RETRY_MS,
    cause,
  });
}
