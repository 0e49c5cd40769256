import { Code } from "@connectrpc/connect";
import { apiKeyInvalid, apiKeyOf, RpcError } from "@orchestrator/rpc";

import { methodUnknown, originRefused, pathNotFound } from "../errors.ts";
import { applyCors } from "./cors.ts";
import { type Dialect, dialectOf } from "./dialect.ts";
import type { EdgeOptions, EdgeRequest, EdgeResponse, EdgeRoute } from "./edge-options.ts";
import { foreignOrigin } from "./loopback.ts";
import { type Exchange, refuse, refuseKey } from "./refusal.ts";

export type Handler = (request: EdgeRequest, response: EdgeResponse) => void;

/**
 * Decides about each HTTP request before anything looks at what it asks for: is it from a page that may ask, does it
 * carry a key, and who answers it.
 */
export function httpDoor(
  rpc: Handler,
  options: EdgeOptions & { readonly rpcPaths: ReadonlySet<string> },
): Handler {
  return (request, response) => {
    const path = pathOf(request);
    const isRpc = options.rpcPaths.has(path);
    const route = isRpc ? undefined : routeOf(options.http, path);
    // Routes speak HTTP, whatever a request says that it speaks.
    const dialect = route === undefined ? dialectOf(request.headers["content-type"]) : "http";
    const asked: Asked = { request, response, path, route, dialect };
    if (isForeign(asked, options) || lacksKey(asked, options)) {
      return;
    }
    if (isRpc) {
      rpc(request, response);
    } else if (route !== undefined) {
      serve(route, { exchange: asked, options });
    } else {
      const error = dialect === "http" ? pathNotFound(path) : methodUnknown(`${path} is not here`);
      refuse(asked, { error, dialect });
    }
  };
}

type Asked = Exchange & {
  readonly path: string;
  readonly route: EdgeRoute | undefined;
  readonly dialect: Dialect;
};

/** Pages of other sites: refused, or their preflight answered. */
function isForeign(asked: Asked, { loopbackOnly, cors }: EdgeOptions): boolean {
  const { request, response, dialect } = asked;
  const problem = loopbackOnly ? foreignOrigin(request.headers) : undefined;
  if (problem !== undefined) {
    refuse(asked, { error: originRefused(problem), dialect });
    return true;
  }
  return cors !== undefined && applyCors(request, response, cors);
}

/** Callers without a key that is known: refused before anything of what they send is read. */
function lacksKey(asked: Asked, options: EdgeOptions): boolean {
  const { request, response, path, route, dialect } = asked;
  const service = path.split("/")[1] ?? "";
  if (route?.open === true || options.openServices.has(service) || hasKey(request, options)) {
    return false;
  }
  if (dialect === "http") {
    refuseKey(response, route?.errors);
  } else {
    refuse(asked, { error: apiKeyInvalid(), dialect });
  }
  return true;
}

/** The path that a request asks for, without its query. */
export function pathOf({ url = "/" }: EdgeRequest): string {
  return url.split("?", 1)[0] ?? "/";
}

function routeOf(routes: readonly EdgeRoute[], path: string): EdgeRoute | undefined {
  return routes.find((route) =>
    route.path.endsWith("/") && route.path !== "/"
      ? path.startsWith(route.path)
      : path === route.path,
  );
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
  { exchange, options }: { exchange: Exchange; options: EdgeOptions },
): void {
  const { request, response } = exchange;
  new Promise<void>((resolve) => {
    resolve(route.handle(request, response));
  }).catch((thrown: unknown) => {
    options.onRouteError(thrown, route.path);
    if (response.headersSent) {
      response.destroy();
    } else {
      refuse(exchange, { error: BUG, dialect: "http" });
    }
  });
}

const BUG = new RpcError(Code.Internal, { reason: "INTERNAL_ERROR", message: "internal error" });
