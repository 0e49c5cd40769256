import { ConnectError, type Interceptor } from "@connectrpc/connect";
import { setTraceHeaders } from "@orchestrator/rpc";

import { openClientSpan } from "../call-span.ts";
import { aroundCall } from "../interceptors/around-call.ts";

/** Open the span of each call that goes out, and send the trace along. */
export function observeClient(): Interceptor {
  return aroundCall((request) => {
    const span = openClientSpan(request);
    if (span === undefined) {
      return NOTHING;
    }
    if (span.trace !== undefined) {
      setTraceHeaders(request.header, span.trace);
    }
    return {
      onDone: () => span.end(undefined),
      onError: (thrown) => span.end(ConnectError.from(thrown).code),
    };
  });
}

const NOTHING = {};
