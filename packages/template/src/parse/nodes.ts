/** The kinds of expression, each with what it is made of. */
export type Nodes = {
  readonly literal: { readonly value: null | boolean | number | string };
  readonly name: { readonly name: string; readonly dollar: boolean };
  readonly list: { readonly items: readonly Node[] };
  readonly mapping: { readonly entries: readonly (readonly [Node, Node])[] };
  /** `a.b`, `a['b']`, `a[0]`: the key is known. */
  readonly field: { readonly target: Node; readonly key: string | number };
  /** `a[b]`: the key is computed. */
  readonly item: { readonly target: Node; readonly index: Node };
  readonly slice: {
    readonly target: Node;
    readonly from: Node | null;
    readonly to: Node | null;
    readonly step: Node | null;
  };
  readonly method: {
    readonly target: Node;
    readonly method: string;
    readonly args: CallArguments;
  };
  readonly call: { readonly name: string; readonly args: CallArguments };
  readonly filter: { readonly input: Node; readonly call: FilterCall };
  readonly test: { readonly input: Node; readonly call: FilterCall; readonly negated: boolean };
  readonly negate: { readonly operand: Node };
  readonly positive: { readonly operand: Node };
  readonly not: { readonly operand: Node };
  readonly arithmetic: {
    readonly operator: ArithmeticOperator;
    readonly left: Node;
    readonly right: Node;
  };
  readonly concat: { readonly parts: readonly Node[] };
  readonly compare: { readonly first: Node; readonly rest: readonly Comparison[] };
  /** `and`. */
  readonly all: { readonly operands: readonly Node[] };
  /** `or`. */
  readonly some: { readonly operands: readonly Node[] };
  /** `chosen if test else otherwise`. */
  readonly choose: {
    readonly test: Node;
    readonly chosen: Node;
    readonly otherwise: Node | null;
  };
  readonly comprehension: {
    readonly element: Node;
    readonly targets: readonly string[];
    readonly source: Node;
    readonly condition: Node | null;
  };
};

export type Kind = keyof Nodes;

/** An expression with its place in the source, from `start` up to `end`. */
export type Node<K extends Kind = Kind> = {
  [P in K]: { readonly kind: P; readonly start: number; readonly end: number } & Nodes[P];
}[K];

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**";

export type Comparison = { readonly operator: CompareOperator; readonly operand: Node };

export type CompareOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in";

/** What is written between the brackets of a call. */
export type CallArguments = {
  readonly positional: readonly Node[];
  readonly named: readonly (readonly [string, Node])[];
};

/** A filter or test with its arguments. */
export type FilterCall = {
  readonly name: string;
  readonly args: CallArguments;
  readonly start: number;
  readonly end: number;
};

export const NO_ARGUMENTS: CallArguments = { positional: [], named: [] };

/** One entry per kind of expression, each called with its own kind. */
export type ByKind<Rest extends readonly unknown[], Result> = {
  readonly [K in Kind]: (node: Node<K>, ...rest: Rest) => Result;
};
