import { apiKeyOf } from "@orchestrator/rpc";

import { applyCors } from "./cors.ts";
import type { EdgeOptions, EdgeRequest, EdgeResponse, EdgeRoute } from "./edge-options.ts";
import { foreignOrigin } from "./loopback.ts";
import { refuseKey, sendJson } from "./refusal.ts";

export type Handler = (request: EdgeRequest, response: EdgeResponse) => void;

/**
 * Decides about each HTTP request before anything looks at what it asks for: is it from a page that may ask, does it
 * carry a key, and who answers it.
 *
 * Calls by gRPC and gRPC-Web go through to their interceptors, which refuse them in their own form.
 */
export function httpDoor(
  rpc: Handler,
  options: EdgeOptions & { readonly rpcPaths: ReadonlySet<string> },
): Handler {
  return (request, response) => {
    if (isDealtWith(request, response, options)) {
      return;
    }
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const route = options.rpcPaths.has(path) ? undefined : routeOf(options.http, path);
    if (needsKey(request, { path, route, options }) && !hasKey(request, options)) {
      refuseKey(response, route?.errors);
      return;
    }
    if (options.rpcPaths.has(path)) {
      rpc(request, response);
    } else if (route === undefined) {
      sendJson(response, 404, { code: "not_found", message: `there is nothing at ${path}` });
    } else {
      serve(route, { request, response, options });
    }
  };
}

/** Pages of other sites: refused, or their preflight answered. */
function isDealtWith(
  request: EdgeRequest,
  response: EdgeResponse,
  { loopbackOnly, cors }: EdgeOptions,
): boolean {
  const problem = loopbackOnly ? foreignOrigin(request.headers) : undefined;
  if (problem !== undefined) {
    sendJson(response, 403, { code: "permission_denied", message: problem });
    return true;
  }
  return cors !== undefined && applyCors(request, response, cors);
}

function routeOf(routes: readonly EdgeRoute[], path: string): EdgeRoute | undefined {
  return routes.find((route) =>
    route.path.endsWith("/") && route.path !== "/"
      ? path.startsWith(route.path)
      : path === route.path,
  );
}

function needsKey(
  { headers }: EdgeRequest,
  { path, route, options }: { path: string; route: EdgeRoute | undefined; options: EdgeOptions },
): boolean {
  const service = path.split("/")[1] ?? "";
  const refusesItself = (headers["content-type"] ?? "").startsWith("application/grpc");
  return !refusesItself && route?.open !== true && !options.openServices.has(service);
}

function hasKey({ headers }: EdgeRequest, { admission }: EdgeOptions): boolean {
  if (admission.kind !== "keys") {
    return true;
  }
  const get = (name: string): string | null => {
    const value = headers[name];
    return typeof value === "string" ? value : null;
  };
  return admission.keys.find(apiKeyOf({ get })) !== undefined;
}

function serve(
  route: EdgeRoute,
  {
    request,
    response,
    options,
  }: { request: EdgeRequest; response: EdgeResponse; options: EdgeOptions },
): void {
  new Promise<void>((resolve) => {
    resolve(route.handle(request, response));
  }).catch((thrown: unknown) => {
    options.onRouteError(thrown, route.path);
    if (response.headersSent) {
      response.destroy();
    } else {
      sendJson(response, 500, { code: "internal", message: "internal error" });
    }
  });
}
