import type { IncomingHttpHeaders } from "node:http";
import type { IncomingHttpHeaders as Http2Headers } from "node:http2";

const LOOPBACK = /^(localhost|[\w-]+\.localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/i;

/** Whether a name or an address means this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * What is wrong with a request to a server that asks for no key, if anything.
 *
 * A page of another site can send requests to this machine, by its address or by a name of its own that it lets point
 * here; both show in headers that no page can forge.
 */
export function foreignOrigin(headers: IncomingHttpHeaders | Http2Headers): string | undefined {
  const host = headers[":authority"] ?? headers.host ?? "";
  if (typeof host !== "string" || !isLoopback(host.replace(/:\d+$/, ""))) {
    return "this server answers to the names of this machine only, such as localhost";
  }
  const { origin } = headers;
  return origin === undefined || isLoopbackOrigin(origin)
    ? undefined
    : `pages of ${origin} may not call this server`;
}

function isLoopbackOrigin(origin: string): boolean {
  const host = /^https?:\/\/(\[[^\]]+\]|[^/:]+)(:\d+)?$/.exec(origin)?.[1];
  return host !== undefined && isLoopback(host);
}
