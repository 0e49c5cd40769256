import type { Interceptor } from "@connectrpc/connect";

import { type Credentials, sendCredentials } from "./client-interceptors/credentials.ts";
import { observeClient } from "./client-interceptors/observe-client.ts";
import { retry, type RetryOptions } from "./client-interceptors/retry.ts";

export type ClientInterceptorOptions = RetryOptions & {
  readonly credentials: Credentials;
};

/**
 * What stands around every call that goes out, outermost first.
 *
 * The deadline is the transport's own: it gives one to every unary call, and retries stay within it.
 */
export function clientInterceptors({
  credentials,
  ...options
}: ClientInterceptorOptions): Interceptor[] {
  return [observeClient(), retry(options), sendCredentials(credentials)];
}
