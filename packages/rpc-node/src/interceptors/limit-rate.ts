import { Code, type Interceptor } from "@connectrpc/connect";
import { type CallRecord, callOf, RpcError } from "@orchestrator/rpc";

/** How many calls each caller may make. */
export type CallLimit = {
  readonly requestsPerMinute: number;
  /** Takes one call of the caller; undefined, or how many milliseconds there is no other for him. */
  take(caller: string): Promise<number | undefined>;
};

export type LimitRateOptions = {
  readonly callLimit: CallLimit;
  /** Type names of the services whose calls are not counted. */
  readonly openServices: ReadonlySet<string>;
};

/** Refuse callers from outside who call more often than they may; a stream is one call, however long it lasts. */
export function limitRate({ callLimit, openServices }: LimitRateOptions): Interceptor {
  return (next) => async (request) => {
    const caller = callerNameOf(callOf({ values: request.contextValues }));
    if (caller === undefined || openServices.has(request.service.typeName)) {
      return next(request);
    }
    const retryAfterMs = await callLimit.take(caller);
    if (retryAfterMs !== undefined) {
      throw rateLimited(callLimit, retryAfterMs);
    }
    return next(request);
  };
}

/** A key is a caller, and without keys an address is; other services of the mesh are none. */
function callerNameOf({ caller, peer }: CallRecord): string | undefined {
  switch (caller.kind) {
    case "mesh":
      return undefined;
    case "key":
      return `key:${caller.namespace}:${caller.keyId}`;
    case "anonymous":
      return peer?.kind === "socket" ? `address:${peer.address}` : undefined;
  }
}

function rateLimited({ requestsPerMinute }: CallLimit, retryAfterMs: number): RpcError {
  return new RpcError(Code.ResourceExhausted, {
    reason: "RATE_LIMITED",
    message: `at most ${requestsPerMinute} requests a minute; try again in ${Math.ceil(retryAfterMs / 1_000)} s`,
    metadata: { requests_per_minute: String(requestsPerMinute) },
    retryAfterMs,
  });
}
