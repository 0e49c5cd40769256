import type { FilterCall, Node } from "./nodes.ts";

/** What a template's body is made of (L64). */
export type Statement =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly value: Node }
  | {
      readonly kind: "if";
      readonly branches: readonly Branch[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: "for";
      readonly targets: readonly string[];
      readonly source: Node;
      readonly condition: Node | null;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly kind: "set"; readonly targets: readonly Target[]; readonly value: Node }
  /** `{% set x %}…{% endset %}`: the target is bound to the text of the body. */
  | {
      readonly kind: "capture";
      readonly target: Target;
      readonly filters: readonly FilterCall[];
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: "with";
      readonly bindings: readonly { readonly targets: readonly string[]; readonly value: Node }[];
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: "filter";
      readonly filters: readonly FilterCall[];
      readonly body: readonly Statement[];
    };

export type Branch = { readonly test: Node; readonly body: readonly Statement[] };

/** What `set` binds: a name, or an attribute of a namespace(). */
export type Target =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "attribute"; readonly name: string; readonly key: string };
