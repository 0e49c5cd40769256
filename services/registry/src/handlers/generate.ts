import type { ServiceImpl } from "@connectrpc/connect";
import type { GenerateRequest, RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";

import { CallStream, KeyReused } from "../call-stream.ts";
import type { Deps } from "../deps.ts";
import { keyReused } from "../errors.ts";
import { frameFromWire, wireFromFrame } from "../wire.ts";
import { CallSpans } from "./call-spans.ts";

/** Carries many calls over one stream. When the stream ends early the calls go on, since their answers are recorded. */
export function generate({ flights }: Deps): ServiceImpl<typeof RegistryService>["generate"] {
  return async function* (requests, { signal }) {
    const stream = new CallStream(flights);
    using spans = new CallSpans();
    const leave = (): void => stream.leave();
    signal.addEventListener("abort", leave, { once: true });
    let broken: { readonly error: unknown } | undefined;
    // Ends with the requests, which the end of this call ends; it throws nothing.
    read(stream, { requests, spans }).catch((error: unknown) => {
      broken = { error };
      stream.leave();
    });
    try {
      for await (const frame of stream.frames()) {
        spans.leave(frame);
        yield wireFromFrame(frame);
      }
      signal.throwIfAborted();
      if (broken !== undefined) throw errorOf(broken.error);
    } finally {
      signal.removeEventListener("abort", leave);
      stream.leave();
    }
  };
}

function errorOf(error: unknown): Error {
  if (error instanceof KeyReused) return keyReused(error.key);
  return error instanceof Error ? error : new Error("the stream broke", { cause: error });
}

async function read(
  stream: CallStream,
  {
    requests,
    spans,
  }: { readonly requests: AsyncIterable<GenerateRequest>; readonly spans: CallSpans },
): Promise<void> {
  for await (const request of requests) stream.accept(spans.enter(frameFromWire(request)));
  stream.finish();
}
