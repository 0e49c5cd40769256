import { Code } from "@connectrpc/connect";
import { type FieldViolation, RpcError } from "@orchestrator/rpc";

/** INVALID_ARGUMENT: the document does not compile; every error of the compiler is a violation. */
export function pipelineInvalid(violations: readonly FieldViolation[]): RpcError {
  return new RpcError(Code.InvalidArgument, {
    reason: "PIPELINE_INVALID",
    message: `the pipeline is not valid: ${violations[0]?.description ?? "see the findings"}`,
    fieldViolations: violations,
  });
}

/** INVALID_ARGUMENT: inputs are missing or wrong (L22, L24); nothing was stored. */
export function inputsInvalid(reason: string, violations: readonly FieldViolation[]): RpcError {
  return new RpcError(Code.InvalidArgument, {
    reason,
    message: violations.map(({ description }) => description).join("; "),
    fieldViolations: violations,
  });
}

/** INVALID_ARGUMENT: the document names secrets that the namespace does not have. */
export function secretsMissing(names: readonly string[]): RpcError {
  return new RpcError(Code.InvalidArgument, {
    reason: "SECRET_NOT_FOUND",
    message: `the document needs secrets that do not exist: ${names.join(", ")}; set them first`,
    fieldViolations: names.map((name) => ({
      field: `secrets.${name}`,
      description: `there is no secret ${name} in this namespace`,
    })),
  });
}

/** INVALID_ARGUMENT: one field of the request. */
export function invalidField(field: string, description: string): RpcError {
  return new RpcError(Code.InvalidArgument, {
    reason: "INVALID_FIELD",
    message: `${field}: ${description}`,
    fieldViolations: [{ field, description }],
  });
}

/** NOT_FOUND: nothing to retry. */
export function runNotFound(runId: string): RpcError {
  return new RpcError(Code.NotFound, {
    reason: "RUN_NOT_FOUND",
    message: `run ${runId} does not exist`,
    metadata: { run: runId },
  });
}

/** NOT_FOUND: nothing to retry. */
export function artifactNotFound(runId: string, path: string): RpcError {
  return new RpcError(Code.NotFound, {
    reason: "ARTIFACT_NOT_FOUND",
    message: `run ${runId} has no artifact ${path}; list them with ListArtifacts`,
    metadata: { run: runId, path },
  });
}

/** NOT_FOUND: nothing to retry. */
export function pipelineNotFound(name: string): RpcError {
  return new RpcError(Code.NotFound, {
    reason: "PIPELINE_NOT_FOUND",
    message: `pipeline ${name} does not exist`,
    metadata: { pipeline: name },
  });
}

/** FAILED_PRECONDITION: an archived pipeline makes no runs. */
export function pipelineArchived(name: string): RpcError {
  return new RpcError(Code.FailedPrecondition, {
    reason: "PIPELINE_ARCHIVED",
    message: `pipeline ${name} is archived; create a new version of it to use it again`,
    metadata: { pipeline: name },
  });
}

/** ALREADY_EXISTS: the same request id, but another request. */
export function requestIdReused(requestId: string, runId: string): RpcError {
  return new RpcError(Code.AlreadyExists, {
    reason: "REQUEST_ID_REUSED",
    message: `request ${requestId} asked for another run before; choose a new request_id`,
    metadata: { request: requestId, run: runId },
  });
}

/** FAILED_PRECONDITION: what ended cannot be stopped. */
export function runEnded(runId: string): RpcError {
  return new RpcError(Code.FailedPrecondition, {
    reason: "RUN_ENDED",
    message: `run ${runId} has ended`,
    metadata: { run: runId },
  });
}

/** NOT_FOUND: nothing to retry. */
export function approvalNotFound(approvalId: string): RpcError {
  return new RpcError(Code.NotFound, {
    reason: "APPROVAL_NOT_FOUND",
    message: `there is no approval ${approvalId}; list them with ListApprovals`,
    metadata: { approval: approvalId },
  });
}

/** ALREADY_EXISTS: the first answer counts, and the end of its time is one. */
export function approvalAnswered(approvalId: string): RpcError {
  return new RpcError(Code.AlreadyExists, {
    reason: "APPROVAL_ANSWERED",
    message: `approval ${approvalId} was answered already, or its time is over`,
    metadata: { approval: approvalId },
  });
}

/** RESOURCE_EXHAUSTED: the run was sent as many messages as it takes. */
export function inboxFull(runId: string, limit: number): RpcError {
  return new RpcError(Code.ResourceExhausted, {
    reason: "INBOX_FULL",
    message: `run ${runId} was sent ${limit} messages, and takes no more`,
    metadata: { run: runId },
  });
}

/** UNAVAILABLE: the state service cannot be used now; the same request may be sent again. */
export function stateUnavailable(message: string): RpcError {
  return new RpcError(Code.Unavailable, {
    reason: "STATE_UNAVAILABLE",
    message,
    retryAfterMs: 1_000,
  });
}

/** RESOURCE_EXHAUSTED: too many documents wait to be compiled. */
export function compilerBusy(): RpcError {
  return new RpcError(Code.ResourceExhausted, {
    reason: "COMPILER_BUSY",
    message: "too many documents wait to be compiled; try again",
    retryAfterMs: 1_000,
  });
}
