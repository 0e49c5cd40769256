import type { Interceptor } from "@connectrpc/connect";

import { type Credentials, sendCredentials } from "./client-interceptors/credentials.ts";
import { observeClient } from "./client-interceptors/observe-client.ts";
import { retry, type RetryOptions } from "./client-interceptors/retry.ts";

export type ClientInterceptorOptions = RetryOptions & {
  readonly credentials: Credentials;
  /** False where no SDK records spans, so that calls need not try. */
  readonly tracing?: boolean;
};

/**
 * What stands around every call that goes out, outermost first.
 *
 * The deadline is the transport's own: it gives one to every unary call, and retries stay within it.
 */
export function clientInterceptors({
  credentials,
  tracing = true,
  ...options
}: ClientInterceptorOptions): Interceptor[] {
  return [
    ...(tracing ? [observeClient()] : []),
    retry(options),
    ...(credentials.kind === "none" ? [] : [sendCredentials(credentials)]),
  ];
}
