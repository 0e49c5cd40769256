import { RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";
import { type FrameSpan, openFrameSpan } from "@orchestrator/rpc-node";

import type { FrameIn, FrameOut } from "../call-stream.ts";

/** The spans of the calls that are open on one stream. Disposing ends those that nobody will be told of any more. */
export class CallSpans implements Disposable {
  readonly #open = new Map<number, FrameSpan>();

  /** Starts a span for every call of a frame that is traced, and makes what the call does part of it. */
  enter(frame: FrameIn): FrameIn {
    return {
      ...frame,
      calls: frame.calls.map(({ key, call }) => {
        if ("kind" in call) return { key, call };
        const span = openFrameSpan(RegistryService.method.generate, call.traceparent);
        if (span === undefined) return { key, call };
        this.#open.set(key, span);
        return { key, call: { ...call, traceparent: span.traceparent } };
      }),
    };
  }

  /** Ends the spans of the calls that a frame tells the caller about. */
  leave({ answers, failures }: FrameOut): void {
    for (const { key } of answers) this.#end(key, undefined);
    for (const { key, failure } of failures) this.#end(key, failure.code);
  }

  [Symbol.dispose](): void {
    for (const key of this.#open.keys()) this.#end(key, "CANCELLED");
  }

  #end(key: number, error: string | undefined): void {
    this.#open.get(key)?.end(error);
    this.#open.delete(key);
  }
}
