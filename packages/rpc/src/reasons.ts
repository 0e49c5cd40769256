import { Code } from "@connectrpc/connect";

type Reason = { readonly code: Code; readonly says: string };

/** Every reason that a service of the mesh gives, with its code; the rows of the reference of errors. */
export const REASONS = {
  API_KEY_INVALID: {
    code: Code.Unauthenticated,
    says: "The API key is missing or wrong; send it as `x-api-key` or as a bearer token.",
  },
  MESH_SECRET_INVALID: {
    code: Code.Unauthenticated,
    says: "A service was called without the secret of the mesh.",
  },
  ORIGIN_REFUSED: {
    code: Code.PermissionDenied,
    says: "A server that asks for no key answers to the names and the pages of its own machine only.",
  },
  MESSAGE_INVALID: {
    code: Code.InvalidArgument,
    says: "What was sent is no message of the method, in the encoding that it names.",
  },
  REQUEST_INVALID: {
    code: Code.InvalidArgument,
    says: "Fields of the request break their rules; the violations name them.",
  },
  INVALID_FIELD: {
    code: Code.InvalidArgument,
    says: "One field does not make sense, such as a page token of another list.",
  },
  PIPELINE_INVALID: {
    code: Code.InvalidArgument,
    says: "The document does not compile; the violations are its findings. ValidatePipeline has them whole.",
  },
  INPUT_REQUIRED: { code: Code.InvalidArgument, says: "An input without default was not given." },
  INPUT_INVALID: {
    code: Code.InvalidArgument,
    says: "An input does not fit its type or its checks, or a section cannot be rendered with it.",
  },
  LIMIT_EXCEEDED: { code: Code.InvalidArgument, says: "An input passes a limit of the language." },
  SECRET_NOT_FOUND: {
    code: Code.InvalidArgument,
    says: "A secret that the document names does not exist; set it with SetSecret.",
  },
  CALL_KEY_REUSED: {
    code: Code.InvalidArgument,
    says: "Two open calls of one stream have the same key. Ends the stream.",
  },
  PATH_NOT_FOUND: { code: Code.NotFound, says: "There is nothing at this path." },
  RUN_NOT_FOUND: { code: Code.NotFound, says: "No such run." },
  PIPELINE_NOT_FOUND: { code: Code.NotFound, says: "No such pipeline, or not this version of it." },
  ARTIFACT_NOT_FOUND: { code: Code.NotFound, says: "The run has no artefact at this path." },
  DEFINITION_NOT_FOUND: {
    code: Code.NotFound,
    says: "No document with this hash and plan is stored.",
  },
  BLOB_NOT_FOUND: { code: Code.NotFound, says: "No bytes with this hash are stored." },
  SECRET_UNKNOWN: { code: Code.NotFound, says: "No secret of this name is stored." },
  SERVICE_UNKNOWN: {
    code: Code.NotFound,
    says: "The process is asked for the health of a service that it does not run.",
  },
  REQUEST_ID_REUSED: {
    code: Code.AlreadyExists,
    says: "The `request_id` was used for another request. The same request with the same id is answered as before.",
  },
  PIPELINE_ARCHIVED: {
    code: Code.FailedPrecondition,
    says: "An archived pipeline starts no runs.",
  },
  APPROVAL_NOT_FOUND: { code: Code.NotFound, says: "No step waits for a person under this id." },
  APPROVAL_ANSWERED: {
    code: Code.AlreadyExists,
    says: "The approval was answered by another request, or its time or its run is over. The first answer counts.",
  },
  INBOX_FULL: {
    code: Code.ResourceExhausted,
    says: "The run was sent as many messages as a run takes.",
  },
  RUN_ENDED: {
    code: Code.FailedPrecondition,
    says: "The run has ended; what was asked cannot be done any more.",
  },
  DEFINITION_MISSING: {
    code: Code.FailedPrecondition,
    says: "What the request stands on was not put yet.",
  },
  SECRET_KEY_MISSING: {
    code: Code.FailedPrecondition,
    says: "Secrets are stored encrypted only, and the state service has no ORCHESTRATOR_SECRET_KEY.",
  },
  SESSION_DEAD: {
    code: Code.FailedPrecondition,
    says: "An executor's session is over; it opens a new one.",
  },
  RUN_NOT_HELD: {
    code: Code.Aborted,
    says: "An executor asks for something of a run that it holds no longer.",
  },
  TOO_MANY_SECRETS: {
    code: Code.ResourceExhausted,
    says: "A namespace has as many secrets as it may; delete some first.",
  },
  TOO_LARGE: {
    code: Code.ResourceExhausted,
    says: "Larger than the store takes; the metadata has the limit.",
  },
  MESSAGE_TOO_LARGE: {
    code: Code.ResourceExhausted,
    says: "A message is larger than the server takes, packed or unpacked.",
  },
  RATE_LIMITED: {
    code: Code.ResourceExhausted,
    says: "The caller's requests of this minute are used up; try again after the delay given.",
  },
  COMPILER_BUSY: {
    code: Code.ResourceExhausted,
    says: "Too many documents wait to be compiled; try again after the delay given.",
  },
  STATE_UNAVAILABLE: {
    code: Code.Unavailable,
    says: "The gateway does not reach the state service; try again after the delay given.",
  },
  STORE_UNAVAILABLE: {
    code: Code.Unavailable,
    says: "The database cannot be reached; try again after the delay given.",
  },
  SERVER_STOPS: {
    code: Code.Unavailable,
    says: "The server stops; another replica takes the same request.",
  },
  DEADLINE_PASSED: { code: Code.DeadlineExceeded, says: "The caller's own deadline passed." },
  CALL_CANCELED: { code: Code.Canceled, says: "The call was given up while it was under way." },
  METHOD_UNKNOWN: { code: Code.Unimplemented, says: "No such method, or not this form of it." },
  INTERNAL_ERROR: {
    code: Code.Internal,
    says: "A bug; the server's log has it under the id that a `RequestInfo` names.",
  },
  TIME_LIMIT: { code: Code.DeadlineExceeded, says: "The call took longer than its method may." },
} as const satisfies Readonly<Record<string, Reason>>;
