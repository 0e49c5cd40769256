import type { ByKind, CallArguments, Kind, Node } from "./nodes.ts";

/** The expressions right below one, in the order written. */
export function childrenOf<K extends Kind>(node: Node<K>): readonly Node[] {
  return CHILDREN[node.kind](node);
}

const CHILDREN: ByKind<[], readonly Node[]> = {
  literal: () => [],
  name: () => [],
  list: (node) => node.items,
  mapping: (node) => node.entries.flat(),
  field: (node) => [node.target],
  item: (node) => [node.target, node.index],
  slice: (node) => [node.target, ...given([node.from, node.to, node.step])],
  method: (node) => [node.target, ...argumentNodes(node.args)],
  call: (node) => argumentNodes(node.args),
  filter: (node) => [node.input, ...argumentNodes(node.call.args)],
  test: (node) => [node.input, ...argumentNodes(node.call.args)],
  negate: (node) => [node.operand],
  positive: (node) => [node.operand],
  not: (node) => [node.operand],
  arithmetic: (node) => [node.left, node.right],
  concat: (node) => node.parts,
  compare: (node) => [node.first, ...node.rest.map((comparison) => comparison.operand)],
  all: (node) => node.operands,
  some: (node) => node.operands,
  choose: (node) => [node.test, node.chosen, ...given([node.otherwise])],
  comprehension: (node) => [node.source, ...given([node.condition]), node.element],
};

/** The expressions among the arguments of a call. */
export function argumentNodes({ positional, named }: CallArguments): readonly Node[] {
  return named.length === 0 ? positional : [...positional, ...named.map(([, value]) => value)];
}

function given(nodes: readonly (Node | null)[]): readonly Node[] {
  return nodes.filter((node) => node !== null);
}
