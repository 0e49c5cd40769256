import { constants, type ServerHttp2Stream } from "node:http2";

import { encodeBinaryHeader } from "@connectrpc/connect";

import type { CallContext } from "../call-context.ts";
import { DETAILS, grpcStatusFrom } from "../grpc-wire.ts";

/** Send the headers, once. */
export function begin(stream: ServerHttp2Stream, context: CallContext): void {
  if (stream.destroyed || stream.headersSent) {
    return;
  }
  stream.respond({ ...RESPONSE, ...plain(context.givenHeader) }, { waitForTrailers: true });
}

const RESPONSE = {
  ":status": 200,
  "content-type": "application/grpc",
  "grpc-accept-encoding": "identity,gzip",
} as const;

/** Send the status, after what was said before; a call that failed at once is nothing but its status. */
export function end(
  stream: ServerHttp2Stream,
  { context, thrown }: { context?: CallContext; thrown?: unknown },
): void {
  if (stream.destroyed) {
    return;
  }
  const aborted = context?.signal.aborted === true;
  const trailers = {
    ...plain(context?.givenTrailer),
    ...(thrown === undefined
      ? { "grpc-status": 0 }
      : statusHeaders(aborted ? context?.signal.reason : thrown)),
  };
  if (!stream.headersSent) {
    stream.respond(
      { ...RESPONSE, ...plain(context?.givenHeader), ...trailers },
      { endStream: true },
    );
    stopReading(stream);
    return;
  }
  stream.once("wantTrailers", () => {
    stream.sendTrailers(trailers);
    // Not in this turn: the reset would overtake the trailers.
    setImmediate(stopReading, stream);
  });
  stream.end();
}

/** The headers that tell a failure, for an answer that is nothing else. */
export function statusHeaders(thrown: unknown): Record<string, string | number> {
  const { code, details, metadata } = grpcStatusFrom(thrown);
  const [bytes] = metadata.get(DETAILS);
  return {
    "grpc-status": code,
    "grpc-message": percentEncoded(details),
    ...(bytes instanceof Buffer ? { [DETAILS]: encodeBinaryHeader(bytes) } : {}),
  };
}

function plain(headers: Headers | undefined): Record<string, string> {
  return headers === undefined ? {} : Object.fromEntries(headers);
}

/** A client that goes on sending after its answer is asked to stop. */
function stopReading(stream: ServerHttp2Stream): void {
  if (!stream.readableEnded && !stream.destroyed) {
    stream.close(constants.NGHTTP2_NO_ERROR);
  }
}

/** Bytes outside of printable ASCII are escaped, as the protocol wants. */
function percentEncoded(message: string): string {
  return Buffer.from(message)
    .toString("latin1")
    .replaceAll(/[^ -$&-~]/g, (byte) => {
      const hex = byte.charCodeAt(0).toString(16).toUpperCase();
      return `%${hex.padStart(2, "0")}`;
    });
}
