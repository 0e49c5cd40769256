import type { CallRecord } from "@orchestrator/rpc";

/** Namespace of callers that have no key of their own: the only one while keys are not required. */
const DEFAULT_NAMESPACE = "default";

/** The namespace that a call is bound to: that of its key. Every query names it. */
export function namespaceOf({ caller }: Pick<CallRecord, "caller">): string {
  switch (caller.kind) {
    case "key":
      return caller.namespace;
    case "anonymous":
    case "mesh":
      return DEFAULT_NAMESPACE;
  }
}
