import { cors } from "@connectrpc/connect";

import type { EdgeRequest, EdgeResponse } from "./edge-options.ts";

const OUR_HEADERS = ["Authorization", "X-Api-Key", "X-Request-Id", "Traceparent", "Tracestate"];
const PREFLIGHT_SECONDS = 7_200;

/**
 * Let pages of the allowed origins read answers, and answer their preflights.
 *
 * Says whether the request is dealt with. No credentials are allowed: keys travel in headers, never in cookies.
 */
export function applyCors(
  request: EdgeRequest,
  response: EdgeResponse,
  { allowedOrigins }: { allowedOrigins: readonly string[] },
): boolean {
  response.setHeader("vary", "Origin");
  const { origin } = request.headers;
  const isPreflight =
    request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
  if (
    origin === undefined ||
    !allowedOrigins.some((allowed) => allowed === origin || allowed === "*")
  ) {
    return false;
  }
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader(
    "access-control-expose-headers",
    [...cors.exposedHeaders, "Retry-After"].join(", "),
  );
  if (!isPreflight) {
    return false;
  }
  response.setHeader("access-control-allow-methods", cors.allowedMethods.join(", "));
  response.setHeader(
    "access-control-allow-headers",
    [...cors.allowedHeaders, ...OUR_HEADERS].join(", "),
  );
  response.setHeader("access-control-max-age", PREFLIGHT_SECONDS);
  response.statusCode = 204;
  response.end();
  return true;
}
