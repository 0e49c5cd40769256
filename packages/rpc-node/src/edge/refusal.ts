import type { EdgeResponse, EdgeRoute } from "./edge-options.ts";

/** Answer that a key is missing or wrong, in the shape that the client's library reads. */
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
