/** Namespace of callers that have no key of their own: the only one while keys are not required. */
const DEFAULT_NAMESPACE = "default";

/** What of a call says whose it is. */
export type Called = {
  readonly caller:
    | { readonly kind: "key"; readonly namespace: string }
    | { readonly kind: "anonymous" }
    | { readonly kind: "mesh" };
};

/** The namespace that a call is bound to: that of its key. Every query names it. */
export function namespaceOf({ caller }: Called): string {
  switch (caller.kind) {
    case "key":
      return caller.namespace;
    case "anonymous":
    case "mesh":
      return DEFAULT_NAMESPACE;
  }
}
