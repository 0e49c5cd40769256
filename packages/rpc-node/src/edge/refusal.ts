import { codeToHttpStatus, errorToJson } from "@connectrpc/connect/protocol-connect";
import type { RpcError } from "@orchestrator/rpc";
import { transportErrorFrom } from "@orchestrator/rpc";

import type { Dialect } from "./dialect.ts";
import type { EdgeRequest, EdgeResponse, EdgeRoute } from "./edge-options.ts";
import { end, statusHeaders } from "./grpc-reply.ts";

/** An HTTP exchange. */
export type Exchange = { readonly request: EdgeRequest; readonly response: EdgeResponse };

/** Answer with an error, in the form that a client of this dialect reads. */
export function refuse(
  { request, response }: Exchange,
  { error, dialect }: { error: RpcError; dialect: Dialect },
): void {
  if (dialect === "http") {
    const told = transportErrorFrom(error);
    sendJson(response, codeToHttpStatus(told.code), errorToJson(told, undefined));
  } else if (dialect === "grpc" && "stream" in request) {
    end(request.stream, { thrown: error });
  } else {
    response.statusCode = 200;
    response.setHeader("content-type", `application/${dialect}+proto`);
    for (const [name, value] of Object.entries(statusHeaders(error))) {
      response.setHeader(name, String(value));
    }
    response.end();
  }
}

/** Answer over plain HTTP that a key is missing or wrong, in the shape that the client's library reads. */
export function refuseKey(response: EdgeResponse, shape: EdgeRoute["errors"]): void {
  const message = "Invalid API key";
  const body =
    shape === "openai"
      ? { error: { message, type: "invalid_request_error", param: null, code: "invalid_api_key" } }
      : { code: "unauthenticated", message, error: message };
  sendJson(response, 401, body);
}

/** Answer with a JSON body. */
export function sendJson(response: EdgeResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.statusCode = status;
  response.setHeader("content-type", "application/json; charset=utf-8");
  response.setHeader("content-length", Buffer.byteLength(text));
  response.setHeader("x-content-type-options", "nosniff");
  response.end(text);
}
