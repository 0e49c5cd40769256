import type { DescMethod, DescService } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextKey,
  createContextValues,
  type HandlerContext,
  type StreamRequest,
  type UnaryRequest,
} from "@connectrpc/connect";

/** Finds the context again behind the interceptors, so that these are put together once a method, not once a call. */
const contextKey = createContextKey<CallContext | undefined>(undefined);

/** The context of a call that one of our own transports carries; Connect's make another kind. */
export function callContextOf(values: ContextValues): CallContext | undefined {
  return values.get(contextKey);
}

/**
 * How much earlier than its deadline a call may be closed and still count as late: its caller's clock started before
 * the request was under way.
 */
export function deadlineSlackMs(timeoutMs: number): number {
  return Math.min(250, Math.max(20, timeoutMs / 5));
}

export type CallContextInit = {
  readonly method: DescMethod;
  readonly protocolName: string;
  readonly url: string;
  readonly requestHeader: Headers;
  /** When the caller gives up, if ever. */
  readonly deadlineAtMs: number | undefined;
};

/**
 * A handler's context, made for every call: its headers are built only when somebody asks for them, since they cost
 * more than all the rest of it.
 */
export class CallContext implements HandlerContext {
  readonly method: DescMethod;
  readonly service: DescService;
  readonly protocolName: string;
  readonly requestMethod = "POST";
  readonly url: string;
  readonly requestHeader: Headers;
  readonly values: ContextValues;
  readonly deadlineAtMs: number | undefined;
  readonly #slackMs: number;
  readonly #controller = new AbortController();
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;

  constructor(init: CallContextInit) {
    this.method = init.method;
    this.service = init.method.parent;
    this.protocolName = init.protocolName;
    this.url = init.url;
    this.requestHeader = init.requestHeader;
    this.deadlineAtMs = init.deadlineAtMs;
    this.#slackMs = deadlineSlackMs(this.timeoutMs() ?? 0);
    this.values = createContextValues().set(contextKey, this);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get responseHeader(): Headers {
    return (this.#responseHeader ??= new Headers());
  }

  get responseTrailer(): Headers {
    return (this.#responseTrailer ??= new Headers());
  }

  /** The headers that were set, or undefined when there are none. */
  get givenHeader(): Headers | undefined {
    return this.#responseHeader;
  }

  get givenTrailer(): Headers | undefined {
    return this.#responseTrailer;
  }

  readonly timeoutMs = (): number | undefined =>
    this.deadlineAtMs === undefined ? undefined : this.deadlineAtMs - Date.now();

  /** Why a call ends whose caller closed it: he does so at his deadline too, a moment before it passes here. */
  get closedByCaller(): ConnectError {
    return (this.timeoutMs() ?? Infinity) <= this.#slackMs
      ? new ConnectError("the deadline passed", Code.DeadlineExceeded)
      : new ConnectError("the caller left", Code.Canceled);
  }

  /** End the call when it has taken so long, unless `stop` is called first. */
  limit(limitMs: number, reasonFor: () => Error): { stop: () => void } {
    const timer = setTimeout(() => this.abort(reasonFor()), limitMs);
    return { stop: () => clearTimeout(timer) };
  }

  /** Tell the handler that nobody waits any more. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }
}

/** What a handler sees: its context, with what interceptors changed about the request. */
export function contextFor(
  context: CallContext,
  { signal, header, contextValues }: UnaryRequest | StreamRequest,
): HandlerContext {
  const unchanged =
    signal === context.signal &&
    header === context.requestHeader &&
    contextValues === context.values;
  return unchanged
    ? context
    : {
        method: context.method,
        service: context.service,
        protocolName: context.protocolName,
        requestMethod: context.requestMethod,
        url: context.url,
        timeoutMs: context.timeoutMs,
        get responseHeader() {
          return context.responseHeader;
        },
        get responseTrailer() {
          return context.responseTrailer;
        },
        requestHeader: header,
        signal,
        values: contextValues,
      };
}
