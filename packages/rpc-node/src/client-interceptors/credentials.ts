import type { Interceptor } from "@connectrpc/connect";

/** How a caller proves who it is. */
export type Credentials =
  | { readonly kind: "none" }
  | { readonly kind: "mesh"; readonly service: string; readonly secret: string }
  | { readonly kind: "key"; readonly key: string };

/** Send what the server's `authenticate` wants to see. */
export function sendCredentials(credentials: Credentials): Interceptor {
  return (next) => (request) => {
    switch (credentials.kind) {
      case "none":
        break;
      case "mesh":
        request.header.set("x-mesh-secret", credentials.secret);
        request.header.set("x-mesh-service", credentials.service);
        break;
      case "key":
        request.header.set("x-api-key", credentials.key);
        break;
    }
    return next(request);
  };
}
