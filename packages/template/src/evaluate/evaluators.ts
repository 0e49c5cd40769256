import type { ByKind, Kind, Node } from "../parse/nodes.ts";
import { MISSING, type Value } from "../values/value.ts";
import { evaluateField, evaluateItem, evaluateSlice } from "./access.ts";
import { evaluateArithmetic, evaluateNegate, evaluatePositive } from "./arithmetic.ts";
import {
  applyFilter,
  applyTest,
  evaluateCall,
  evaluateFilter,
  evaluateMethod,
  evaluateTest,
} from "./calls.ts";
import { evaluateComparison } from "./comparison.ts";
import {
  evaluateComprehension,
  evaluateConcat,
  evaluateList,
  evaluateMapping,
} from "./containers.ts";
import type { Frame, Interpreter } from "./frame.ts";
import { evaluateAll, evaluateChoice, evaluateSome } from "./logic.ts";

const EVALUATORS: ByKind<[frame: Frame], Value> = {
  literal: (node) => node.value,
  name: (node, frame) => frame.lookup(node.name),
  list: evaluateList,
  mapping: evaluateMapping,
  field: evaluateField,
  item: evaluateItem,
  slice: evaluateSlice,
  method: evaluateMethod,
  call: evaluateCall,
  filter: evaluateFilter,
  test: evaluateTest,
  negate: evaluateNegate,
  positive: evaluatePositive,
  not: (node, frame) => !frame.holds(node.operand),
  arithmetic: evaluateArithmetic,
  concat: evaluateConcat,
  compare: evaluateComparison,
  all: evaluateAll,
  some: evaluateSome,
  choose: evaluateChoice,
  comprehension: evaluateComprehension,
};

/** The interpreter of expressions. */
export const INTERPRETER: Interpreter = {
  node: evaluateNode,
  filter: applyFilter,
  test: applyTest,
};

function evaluateNode(node: Node, frame: Frame): Value {
  frame.budget.spend(1);
  frame.at = node;
  const value = evaluateKind(node, frame);
  if (value === MISSING && PASSES_ON[node.kind] === undefined) frame.missingAt = node;
  return value;
}

/** What may give a missing value that something inside it has read. */
const PASSES_ON: { readonly [K in Kind]?: true } = {
  all: true,
  some: true,
  choose: true,
  filter: true,
};

function evaluateKind<K extends Kind>(node: Node<K>, frame: Frame): Value {
  return EVALUATORS[node.kind](node, frame);
}
