// gRPC on HTTP/2 streams as they are: at the edge every request costs, and Connect's own server of gRPC, which goes
// through Node's requests and through web streams, costs several times as much.
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";

import { create, type Message } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  createServiceImplSpec,
  type MethodImplSpec,
} from "@connectrpc/connect";
import { peerOf, RpcError, setPeer } from "@orchestrator/rpc";

import { callerOnce } from "../admitted.ts";
import { CallContext } from "../call-context.ts";
import { eachMessage } from "../each-message.ts";
import { messageInvalid, originRefused } from "../errors.ts";
import { decoder, encoder, pathOf } from "../grpc-wire.ts";
import { streamInvoker, unaryInvoker } from "../invoke.ts";
import { readEach } from "../read-each.ts";
import type { Surface } from "../surface.ts";
import { writeAll } from "../write-all.ts";
import type { EdgeLimits, EdgeOptions } from "./edge-options.ts";
import { frameOf, FrameReader } from "./grpc-frames.ts";
import { begin, end } from "./grpc-reply.ts";
import { grpcTimeoutMs } from "./grpc-timeout.ts";
import { foreignOrigin } from "./loopback.ts";

/** Takes a stream that calls a method by gRPC, or says that it does not. */
export type GrpcDoor = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean;

export type GrpcDoorOptions = Pick<
  EdgeOptions,
  "loopbackOnly" | "tls" | "admission" | "openServices"
> & {
  readonly limits: EdgeLimits;
  /** Ends open streams; unary calls may finish. */
  readonly shutdownSignal: AbortSignal;
};

type Call = {
  readonly stream: ServerHttp2Stream;
  readonly context: CallContext;
  readonly encoding: string;
};
type Serve = (call: Call) => Promise<void>;

const CONTENT_TYPE = /^application\/grpc(\+proto)?(;|$)/;

/** Mounts handlers of Connect's shape on HTTP/2 streams. */
export function grpcDoor({ routes, interceptors }: Surface, options: GrpcDoorOptions): GrpcDoor {
  const methods = new Map<string, { readonly spec: MethodImplSpec; readonly serve: Serve }>();
  routes({
    service(service, handlers) {
      for (const spec of Object.values(createServiceImplSpec(service, handlers).methods)) {
        methods.set(pathOf(spec.method), {
          spec,
          serve: serverOf(spec, { interceptors, ...options }),
        });
      }
    },
  });
  return (stream, headers) => {
    if (!CONTENT_TYPE.test(headers["content-type"] ?? "") || headers[":method"] !== "POST") {
      return false;
    }
    const method = methods.get(headers[":path"] ?? "");
    if (method === undefined) {
      return false;
    }
    stream.on("error", () => undefined); // the call ends by its close
    const foreign = options.loopbackOnly ? foreignOrigin(headers) : undefined;
    if (foreign !== undefined) {
      end(stream, { thrown: originRefused(foreign) });
    } else {
      const call = openCall(method.spec, { stream, headers });
      method
        .serve(call)
        .then(
          () => end(stream, { context: call.context }),
          (thrown: unknown) => end(stream, { context: call.context, thrown }),
        )
        .finally(call.close);
    }
    return true;
  };
}

function serverOf(
  spec: MethodImplSpec,
  options: GrpcDoorOptions & Pick<Surface, "interceptors">,
): Serve {
  const decode = decoder(spec.method.input);
  const encode = encoder(spec.method.output);
  const { interceptors, limits, shutdownSignal } = options;
  const readerOf = ({ encoding }: Call) =>
    new FrameReader({ maxBytes: limits.maxMessageBytes, encoding });
  if (spec.kind === "unary") {
    const invoke = unaryInvoker(spec, interceptors);
    return async (call) => {
      const refusal = refusalOf(spec, call.context, options);
      if (refusal !== undefined) {
        // Its interceptors refuse the caller too, and need no message for that; what it sends is not read.
        await invoke(create(spec.method.input), call.context);
        throw refusal;
      }
      const bytes = await onlyMessage(call, readerOf(call));
      const answer = await invoke(parsed(decode, bytes), call.context);
      begin(call.stream, call.context);
      call.stream.write(frameOf(encode(answer)));
    };
  }
  const invoke = streamInvoker(spec, interceptors);
  return async (call) => {
    const { context, stream } = call;
    const stop = (): void => context.abort(shutdownSignal.reason);
    shutdownSignal.addEventListener("abort", stop, { once: true });
    if (shutdownSignal.aborted) {
      stop();
    }
    try {
      const requests = eachMessage(messagesOf(call, readerOf(call)), (bytes) =>
        parsed(decode, bytes),
      );
      const answers = await invoke(requests, context);
      begin(call.stream, call.context);
      await writeAll(
        stream,
        eachMessage(answers, (answer) => frameOf(encode(answer))),
        context,
      );
    } finally {
      shutdownSignal.removeEventListener("abort", stop);
    }
  };
}

/** Why a caller gets nothing here, if so. */
function refusalOf(
  { method }: MethodImplSpec,
  { requestHeader: metadata, values }: CallContext,
  { admission, openServices }: GrpcDoorOptions,
): RpcError | undefined {
  if (openServices.has(method.parent.typeName)) {
    return undefined;
  }
  const caller = callerOnce(values, { call: { metadata, peer: peerOf(values) }, admission });
  return caller instanceof RpcError ? caller : undefined;
}

function parsed(decode: (bytes: Uint8Array) => Message, bytes: Uint8Array): Message {
  try {
    return decode(bytes);
  } catch (cause) {
    throw messageInvalid("the message is not what the method takes", cause);
  }
}

function onlyMessage({ stream, context }: Call, reader: FrameReader): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      try {
        reader.pushOnly(chunk);
      } catch (error) {
        stream.off("data", take);
        reject(error);
      }
    };
    stream.on("data", take);
    stream.once("end", () => {
      wholeMessage(reader).then(resolve, reject);
    });
    context.signal.addEventListener("abort", () => reject(context.signal.reason), { once: true });
  });
}

async function wholeMessage(reader: FrameReader): Promise<Buffer> {
  const message = await reader.next();
  reader.finish();
  if (message === undefined) {
    throw messageInvalid("the call has no message");
  }
  return message;
}

async function* messagesOf({ stream }: Call, reader: FrameReader): AsyncIterable<Buffer> {
  for await (const chunk of readEach<Buffer>(stream)) {
    reader.push(chunk);
    for (let message = reader.next(); message !== undefined; message = reader.next()) {
      yield await message;
    }
  }
  reader.finish();
}

function openCall(
  { method }: MethodImplSpec,
  { stream, headers }: { stream: ServerHttp2Stream; headers: IncomingHttpHeaders },
): Call & { readonly close: () => void } {
  const timeoutMs = grpcTimeoutMs(text(headers["grpc-timeout"]));
  const context = new CallContext({
    method,
    protocolName: "grpc",
    url: `${headers[":scheme"]}://${headers[":authority"]}${headers[":path"]}`,
    requestHeader: headersFrom(headers),
    deadlineAtMs: timeoutMs === Infinity ? undefined : Date.now() + timeoutMs,
  });
  setPeer(context.values, { kind: "socket", address: stream.session?.socket.remoteAddress ?? "" });
  const limit =
    timeoutMs === Infinity ? undefined : context.limit(timeoutMs, () => deadlinePassed());
  let isOver = false;
  stream.once("close", () => {
    if (!isOver) {
      context.abort(context.closedByCaller);
    }
  });
  const encoding = text(headers["grpc-encoding"]) ?? "identity";
  const close = (): void => {
    isOver = true;
    limit?.stop();
  };
  return { stream, context, encoding, close };
}

function deadlinePassed(): ConnectError {
  return new ConnectError("the deadline passed", Code.DeadlineExceeded);
}

/** Headers of the protocol itself, which handlers are not told. */
const PROTOCOL = new Set(["te", "grpc-timeout", "grpc-encoding", "grpc-accept-encoding"]);

function headersFrom(incoming: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming)) {
    if (value !== undefined && !name.startsWith(":") && !PROTOCOL.has(name)) {
      headers.set(name, typeof value === "string" ? value : value.join(", "));
    }
  }
  return headers;
}

function text(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}
