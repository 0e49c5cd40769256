import type { Context } from "@opentelemetry/api";

/**
 * The spans of recorded calls under way, by the signals that their handlers see and hand to whatever they call.
 *
 * Not an AsyncLocalStorage: on Node 20 one of these costs every promise of the process hooks of its own, which took a
 * third of the time of a small call, whether it was recorded or not.
 */
const scopes = new WeakMap<AbortSignal, Context>();

/** Calls that carry the signal from now on belong to the span of this context. */
export function openScope(signal: AbortSignal, context: Context): void {
  scopes.set(signal, context);
}

/** The context whose span a call belongs to that carries the signal; undefined where nothing is recorded. */
export function scopeOf(signal: AbortSignal): Context | undefined {
  return scopes.get(signal);
}

/** A signal stands in the place of another for the rest of a call. */
export function inheritScope(from: AbortSignal, to: AbortSignal): void {
  const scope = scopes.get(from);
  if (scope !== undefined) {
    scopes.set(to, scope);
  }
}
