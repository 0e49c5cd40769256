import { childrenOf } from "./children.ts";
import type { Node } from "./nodes.ts";

/** How many nodes an expression has and how deep it is; walks without recursion, as it is what bounds recursion. */
export function measure(root: Node): { readonly nodes: number; readonly depth: number } {
  let nodes = 0;
  let depth = 0;
  let level: readonly Node[] = [root];
  while (level.length > 0) {
    nodes += level.length;
    depth += 1;
    level = level.flatMap((node) => childrenOf(node));
  }
  return { nodes, depth };
}
