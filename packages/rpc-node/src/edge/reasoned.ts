// What Connect's handlers refuse before there is a call carries no reason, and neither interceptor nor option of theirs
// is asked about it: so it is added to what they answer.
import { Code, ConnectError } from "@connectrpc/connect";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { createAsyncIterable, type UniversalServerResponse } from "@connectrpc/connect/protocol";
import {
  codeToHttpStatus,
  errorFromJsonBytes,
  errorToJsonBytes,
} from "@connectrpc/connect/protocol-connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { transportErrorFrom } from "@orchestrator/rpc";

import { eachMessage } from "../each-message.ts";
import { messageInvalid, methodUnknown } from "../errors.ts";
import { DETAILS } from "../grpc-wire.ts";
import type { Dialect } from "./dialect.ts";
import { frameOf } from "./grpc-frames.ts";
import { statusHeaders } from "./grpc-reply.ts";

/** The answer of a handler, whose error, if it is one, has a reason. */
export async function reasoned(
  answer: UniversalServerResponse,
  dialect: Dialect,
): Promise<UniversalServerResponse> {
  const { status, body, trailer } = answer;
  if (status >= 400) {
    return reasonedJson(answer);
  }
  if (body !== undefined && dialect === "grpc-web") {
    return { ...answer, body: eachMessage(body, reasonedFrame) };
  }
  if (body !== undefined && trailer !== undefined && dialect === "grpc") {
    return { ...answer, body: followedBy(body, () => addReason(trailer)) };
  }
  return answer;
}

async function reasonedJson({
  status,
  header = new Headers(),
  body,
}: UniversalServerResponse): Promise<UniversalServerResponse> {
  if (body === undefined) {
    const message = FORMS.get(status) ?? "the method takes no such request";
    return jsonAnswer(transportErrorFrom(methodUnknown(message)), { status, header });
  }
  const error = errorFromJsonBytes(await unpacked(body, header), undefined, UNREADABLE);
  const told = toldError(error);
  const isSame = told.code === error.code;
  return jsonAnswer(told, { status: isSame ? status : codeToHttpStatus(told.code), header });
}

function jsonAnswer(
  error: ConnectError,
  { status, header }: { status: number; header: Headers },
): UniversalServerResponse {
  const bytes = errorToJsonBytes(error, undefined);
  header.delete("content-encoding");
  header.set("content-type", "application/json");
  header.set("content-length", String(bytes.length));
  return { status, header, body: createAsyncIterable([bytes]) };
}

/** What Connect says of bytes that are no message is its own fault, by the code that it gives. */
function toldError(error: ConnectError): ConnectError {
  const isUnread = error.code === Code.Internal && UNREAD.test(error.rawMessage);
  return transportErrorFrom(
    isUnread && error.details.length === 0 ? messageInvalid(error.rawMessage, error) : error,
  );
}

/** What Connect answers without a body. */
const FORMS: ReadonlyMap<number, string> = new Map([
  [405, "the method is not called by this verb: use POST"],
  [415, "the method takes no such content type: use application/json or application/proto"],
  [505, "streams in both directions need HTTP/2"],
]);
const UNREAD = /^(parse|received|protocol error)\b/;
const UNREADABLE = new ConnectError("internal error", Code.Internal);
/** Of an error as JSON, unpacked. */
const MAX_ERROR_BYTES = 64 << 20;

async function unpacked(body: AsyncIterable<Uint8Array>, header: Headers): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    chunks.push(chunk);
  }
  const encoding = header.get("content-encoding");
  const packed = [compressionGzip, compressionBrotli].find(({ name }) => name === encoding);
  const bytes = Buffer.concat(chunks);
  return packed === undefined ? bytes : packed.decompress(bytes, MAX_ERROR_BYTES);
}

const TRAILERS = 0x80;
const PREFIX_BYTES = 5;

/** A frame of gRPC-Web; one with the trailers of an error without a reason is made anew. */
function reasonedFrame(frame: Uint8Array): Uint8Array {
  if (frame[0] !== TRAILERS) {
    return frame;
  }
  const trailers = new Headers();
  const lines = Buffer.from(frame.subarray(PREFIX_BYTES)).toString("latin1").split("\r\n");
  for (const line of lines.filter((each) => each !== "")) {
    const at = line.indexOf(":");
    trailers.append(line.slice(0, at), line.slice(at + 1).trim());
  }
  if (!addReason(trailers)) {
    return frame;
  }
  const text = [...trailers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const made = frameOf(Buffer.from(text, "latin1"));
  made[0] = TRAILERS;
  return made;
}

/** True when the trailers told an error without a reason. */
function addReason(trailers: Headers): boolean {
  const error = trailers.has(DETAILS) ? undefined : findTrailerError(trailers);
  if (error === undefined) {
    return false;
  }
  for (const [name, value] of Object.entries(statusHeaders(toldError(error)))) {
    trailers.set(name, String(value));
  }
  return true;
}

async function* followedBy<T>(messages: AsyncIterable<T>, then: () => void): AsyncIterable<T> {
  yield* messages;
  then();
}
