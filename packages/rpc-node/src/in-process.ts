import type { Message } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  createServiceImplSpec,
  type Interceptor,
  type StreamRequest,
  type Transport,
  type UnaryRequest,
} from "@connectrpc/connect";
import { setPeer, transportErrorFrom } from "@orchestrator/rpc";

import { abortable } from "./abortable.ts";
import { CallContext } from "./call-context.ts";
import { methodUnknown } from "./errors.ts";
import { pathOf } from "./grpc-wire.ts";
import { type InvokeStream, streamInvoker, type InvokeUnary, unaryInvoker } from "./invoke.ts";
import type { Surface } from "./surface.ts";
import { createTransport, isNever } from "./transport-core.ts";

export type InProcessOptions = {
  /** Which part of the process calls; the service takes it for a member of the mesh. */
  readonly caller: string;
  readonly interceptors?: readonly Interceptor[];
  readonly defaultTimeoutMs?: number;
};

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Call a service of this process, without sockets: messages change hands as they are, nothing is encoded.
 *
 * So neither side may change a message that it gave away.
 */
export function inProcess(
  { routes, interceptors }: Surface,
  { caller, defaultTimeoutMs = DEFAULT_TIMEOUT_MS, ...client }: InProcessOptions,
): Transport {
  const unary = new Map<string, InvokeUnary>();
  const streams = new Map<string, InvokeStream>();
  routes({
    service(service, handlers) {
      for (const spec of Object.values(createServiceImplSpec(service, handlers).methods)) {
        if (spec.kind === "unary") {
          unary.set(pathOf(spec.method), unaryInvoker(spec, interceptors));
        } else {
          streams.set(pathOf(spec.method), streamInvoker(spec, interceptors));
        }
      }
    },
  });
  return createTransport(
    {
      baseUrl: "in-process:",
      async unary(request, deadlineAtMs) {
        const invoke = unary.get(pathOf(request.method)) ?? unimplemented(request);
        const call = openCall(request, { caller, deadlineAtMs });
        try {
          const message = await untilAborted(invoke(request.message, call.context), call.context);
          const { service, method } = request;
          return { stream: false, service, method, message, ...headersOf(call.context) };
        } catch (thrown) {
          throw errorFor(thrown, call.context);
        } finally {
          call.close();
        }
      },
      stream(request, deadlineAtMs) {
        const invoke = streams.get(pathOf(request.method)) ?? unimplemented(request);
        const call = openCall(request, { caller, deadlineAtMs });
        const { service, method } = request;
        const message = answersOf(invoke, request.message, call);
        return { stream: true, service, method, message, ...headersOf(call.context) };
      },
    },
    { interceptors: client.interceptors ?? [], defaultTimeoutMs },
  );
}

/** Why the signal of a call aborts that ended well. */
const callEnded = new ConnectError("the call has ended", Code.Canceled);

type OpenCall = { readonly context: CallContext; readonly close: () => void };

function openCall(
  request: UnaryRequest | StreamRequest,
  { caller, deadlineAtMs }: { caller: string; deadlineAtMs: number | undefined },
): OpenCall {
  const { method, url, header, signal } = request;
  const context = new CallContext({
    method,
    protocolName: "in-process",
    url,
    requestHeader: header,
    deadlineAtMs,
  });
  setPeer(context.values, { kind: "process", service: caller });
  const leave = (): void => context.abort(ConnectError.from(signal.reason, Code.Canceled));
  if (signal.aborted) {
    leave();
  }
  const isHeard = !isNever(signal);
  if (isHeard) {
    signal.addEventListener("abort", leave, { once: true });
  }
  const timer =
    deadlineAtMs === undefined
      ? undefined
      : setTimeout(() => context.abort(deadlinePassed()), deadlineAtMs - Date.now());
  const close = (): void => {
    clearTimeout(timer);
    if (isHeard) {
      signal.removeEventListener("abort", leave);
    }
  };
  return { context, close };
}

async function* answersOf(
  invoke: InvokeStream,
  requests: AsyncIterable<Message>,
  { context, close }: OpenCall,
): AsyncIterable<Message> {
  const { signal } = context;
  try {
    yield* abortable(await invoke(abortable(requests, signal), context), signal);
  } catch (thrown) {
    throw errorFor(thrown, context);
  } finally {
    close();
    context.abort(callEnded);
  }
}

/** A handler that does not look at its signal keeps nobody waiting. */
function untilAborted<T>(answer: Promise<T>, { signal }: CallContext): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    if (signal.aborted) {
      leave();
    }
    signal.addEventListener("abort", leave, { once: true });
    answer.then(resolve, reject);
  });
}

/** As a caller over a socket would see it: without the cause, and bugs masked. */
function errorFor(thrown: unknown, { signal }: CallContext): ConnectError {
  const error = transportErrorFrom(signal.aborted ? signal.reason : thrown);
  const seen = new ConnectError(error.rawMessage, error.code, error.metadata);
  seen.details = error.details;
  return seen;
}

function headersOf({ responseHeader, responseTrailer }: CallContext) {
  return { header: responseHeader, trailer: responseTrailer };
}

function deadlinePassed(): ConnectError {
  return new ConnectError("the deadline passed", Code.DeadlineExceeded);
}

function unimplemented({ method }: UnaryRequest | StreamRequest): never {
  throw transportErrorFrom(methodUnknown(`${method.parent.typeName} does not run here`));
}
