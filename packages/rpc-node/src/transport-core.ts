import { setMaxListeners } from "node:events";

import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import {
  type ContextValues,
  createContextKey,
  createContextValues,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type Transport,
  type UnaryRequest,
  type UnaryResponse,
} from "@connectrpc/connect";

import { eachMessage } from "./each-message.ts";
import { intercept } from "./intercept.ts";

/** What carries calls: grpc-js, or this process itself. */
export type Carrier = {
  /** Seen in `url` by interceptors. */
  readonly baseUrl: string;
  unary(request: UnaryRequest, deadlineAtMs: number | undefined): Promise<UnaryResponse>;
  stream(request: StreamRequest, deadlineAtMs: number | undefined): StreamResponse;
};

export type TransportOptions = {
  /** Outermost first. */
  readonly interceptors: readonly Interceptor[];
  /** For unary calls that come without a limit of their own: none may wait for ever. */
  readonly defaultTimeoutMs: number;
};

const deadlineKey = createContextKey<number | undefined>(undefined);
/** For calls that nobody can abandon. */
const never = new AbortController().signal;
setMaxListeners(0, never);

/** Whether a signal is the one of calls that nobody can abandon: listening to it costs, and is of no use. */
export function isNever(signal: AbortSignal): boolean {
  return signal === never;
}

/** When the caller of a request gives up, if ever. */
export function deadlineOf({
  contextValues,
}: Pick<UnaryRequest, "contextValues">): number | undefined {
  return contextValues.get(deadlineKey);
}

/** Makes a transport of a carrier: requests are built and interceptors run here, bytes move there. */
export function createTransport(
  carrier: Carrier,
  { interceptors, defaultTimeoutMs }: TransportOptions,
): Transport {
  const call = intercept(interceptors, (request) =>
    request.stream
      ? Promise.resolve(carrier.stream(request, deadlineOf(request)))
      : carrier.unary(request, deadlineOf(request)),
  );
  const requestOf = (method: DescMethod, from: From) => {
    const contextValues = from.contextValues ?? createContextValues();
    if (from.timeoutMs !== undefined) {
      contextValues.set(deadlineKey, Date.now() + from.timeoutMs);
    }
    return {
      service: method.parent,
      requestMethod: "POST",
      url: `${carrier.baseUrl}/${method.parent.typeName}/${method.name}`,
      signal: from.signal ?? never,
      header: new Headers(from.header),
      contextValues,
    };
  };
  return {
    async unary<I extends DescMessage, O extends DescMessage>(
      ...[method, signal, timeoutMs, header, input, contextValues]: UnaryArguments<I, O>
    ) {
      const from = { signal, timeoutMs: timeoutMs ?? defaultTimeoutMs, header, contextValues };
      const message = create(method.input, input);
      const response = await call({ ...requestOf(method, from), stream: false, method, message });
      if (!isUnaryOf(response, method)) {
        throw new Error(`an interceptor answered ${method.name} with something else`);
      }
      return response;
    },
    async stream<I extends DescMessage, O extends DescMessage>(
      ...[method, signal, timeoutMs, header, input, contextValues]: StreamArguments<I, O>
    ) {
      const from = { signal, timeoutMs, header, contextValues };
      const message = eachMessage(input, (init) => create(method.input, init));
      const response = await call({ ...requestOf(method, from), stream: true, method, message });
      if (!isStreamOf(response, method)) {
        throw new Error(`an interceptor answered ${method.name} with something else`);
      }
      return response;
    },
  };
}

type From = {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly header: ConstructorParameters<typeof Headers>[0];
  readonly contextValues: ContextValues | undefined;
};

type UnaryArguments<I extends DescMessage, O extends DescMessage> = [
  method: DescMethodUnary<I, O>,
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  header: ConstructorParameters<typeof Headers>[0],
  input: MessageInitShape<I>,
  contextValues?: ContextValues,
];

type StreamArguments<I extends DescMessage, O extends DescMessage> = [
  method: DescMethodStreaming<I, O>,
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  header: ConstructorParameters<typeof Headers>[0],
  input: AsyncIterable<MessageInitShape<I>>,
  contextValues?: ContextValues,
];

function isUnaryOf<I extends DescMessage, O extends DescMessage>(
  response: UnaryResponse | StreamResponse,
  method: DescMethodUnary<I, O>,
): response is UnaryResponse<I, O> {
  return !response.stream && response.message.$typeName === method.output.typeName;
}

function isStreamOf<I extends DescMessage, O extends DescMessage>(
  response: UnaryResponse | StreamResponse,
  method: DescMethodStreaming<I, O>,
): response is StreamResponse<I, O> {
  return response.stream && response.method === method;
}
