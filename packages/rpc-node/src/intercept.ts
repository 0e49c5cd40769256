import type { Interceptor } from "@connectrpc/connect";

/** What is at the heart of a call, for interceptors to stand around. */
export type Handle = ReturnType<Interceptor>;

/** Put interceptors around a call, the first one outermost. */
export function intercept(interceptors: readonly Interceptor[], handle: Handle): Handle {
  return interceptors.reduceRight((next, interceptor) => interceptor(next), handle);
}
