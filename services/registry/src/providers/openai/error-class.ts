import { field, parseJson } from "../../json.ts";
import type { ErrorClass, ProviderError } from "../../provider.ts";

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What an HTTP answer of 400 and above means: the code in its body counts before its status. */
export function errorFromResponse(response: {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}): ProviderError {
  const { status, headers, body } = response;
  const details = field(parseJson(body), "error");
  const kind = classOf(status, details);
  const retryAfterMs =
    kind === "rate_limited" || kind === "overloaded" ? retryAfter(headers) : undefined;
  return {
    kind: "error",
    class: kind,
    message: messageOf(status, details),
    httpStatus: status,
    // A gateway that gave up waiting does not know what the server behind it did.
    mayHavePaid: status === 408 || status === 502 || status === 504,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** What an error within a stream means; the answer was begun, so it may be billed. */
export function errorFromStream(error: unknown): ProviderError {
  return {
    kind: "error",
    class: classOf(500, error),
    message: messageOf(500, error),
    mayHavePaid: true,
  };
}

/** What an exception of the HTTP client means. */
export function errorFromThrown(thrown: unknown, signal: AbortSignal): ProviderError {
  if (signal.aborted) {
    const isLate = signal.reason === "timeout";
    return {
      kind: "error",
      class: isLate ? "timeout" : "cancelled",
      message: isLate ? "no answer in time" : "the call was cancelled",
      mayHavePaid: true,
    };
  }
  const code = codeOf(thrown);
  return {
    kind: "error",
    class: "network",
    message: `the connection failed (${code})`,
    mayHavePaid: !BEFORE_SENDING.has(code),
  };
}

/** What an answer means that is no answer. */
export function malformed(message: string): ProviderError {
  return { kind: "error", class: "malformed", message, mayHavePaid: true };
}

/** Failures that happen while a connection is opened: nothing was sent. */
const BEFORE_SENDING = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

const BY_CODE: Readonly<Record<string, ErrorClass>> = {
  rate_limit_exceeded: "rate_limited",
  rate_limit_error: "rate_limited",
  slow_down: "rate_limited",
  insufficient_quota: "quota_exhausted",
  billing_hard_limit_reached: "quota_exhausted",
  credit_balance_exhausted: "quota_exhausted",
  invalid_api_key: "authentication",
  authentication_error: "authentication",
  permission_error: "authentication",
  model_not_found: "model_not_found",
  context_length_exceeded: "context_exceeded",
  string_above_max_length: "context_exceeded",
  overloaded_error: "overloaded",
  server_error: "overloaded",
};

function classOf(status: number, details: unknown): ErrorClass {
  for (const name of ["code", "type"]) {
    const word = field(details, name);
    const known = typeof word === "string" ? BY_CODE[word] : undefined;
    if (known !== undefined) return known;
  }
  return isAboutContext(status, details) ? "context_exceeded" : classOfStatus(status);
}

/** Servers without codes say it in words. */
function isAboutContext(status: number, details: unknown): boolean {
  const message = field(details, "message");
  return (
    (status === 400 || status === 413) &&
    typeof message === "string" &&
    /maximum context|context (?:length|window|size)|prompt is too long/i.test(message)
  );
}

function classOfStatus(status: number): ErrorClass {
  switch (status) {
    case 401:
    case 403:
      return "authentication";
    case 402:
      return "quota_exhausted";
    case 404:
      return "model_not_found";
    case 413:
      return "context_exceeded";
    case 408:
      return "network";
    case 409:
    case 425:
    case 429:
      return "rate_limited";
    default:
      return status >= 500 ? "overloaded" : "refused";
  }
}

function messageOf(status: number, details: unknown): string {
  const message = field(details, "message");
  const said = typeof message === "string" ? `: ${clean(message)}` : "";
  return `HTTP ${status}${said}`;
}

/** One line, and nothing in it that looks like a key: providers repeat the wrong one. */
function clean(message: string): string {
  return message
    .replaceAll(/\p{Cc}+/gu, " ")
    .replaceAll(/\b(?:sk|key|pk)-[\w*.-]{4,}/g, "***")
    .slice(0, MAX_MESSAGE);
}

const MAX_MESSAGE = 300;
const MAX_RETRY_AFTER_MS = 3_600_000;

/** Milliseconds from `retry-after-ms`, or seconds from `retry-after`. A date there is no hint: it is of a foreign clock. */
function retryAfter(headers: Headers): number | undefined {
  const ms = Number(headers["retry-after-ms"] ?? Number.NaN);
  const value = headers["retry-after"];
  const seconds = Number(value ?? Number.NaN);
  if (Number.isFinite(ms)) return bounded(ms);
  return Number.isFinite(seconds) ? bounded(seconds * 1_000) : undefined;
}

function bounded(ms: number): number {
  return Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
}

function codeOf(thrown: unknown): string {
  const code = field(thrown, "code") ?? field(field(thrown, "cause"), "code");
  return typeof code === "string" ? code : "unknown";
}
