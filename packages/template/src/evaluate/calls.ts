import { type Arguments, matched, type Passed } from "../arguments.ts";
import { failed } from "../failure.ts";
import { FILTER_DEFINITIONS } from "../filters/registry.ts";
import { globalsFor } from "../globals/registry.ts";
import { callMethod } from "../methods/registry.ts";
import type { CallArguments, FilterCall, Node } from "../parse/nodes.ts";
import { mismatch, type Signature } from "../signature.ts";
import { TEST_DEFINITIONS } from "../tests/registry.ts";
import { ABSENT, MISSING, type Value } from "../values/value.ts";
import type { Frame } from "./frame.ts";
import { callLoopMethod, LoopState } from "./loop-state.ts";

/** `range(3)`; `namespace()` makes what only `set` can change. */
export function evaluateCall(node: Node<"call">, frame: Frame): Value {
  const passed = passedBy(node.args, frame);
  frame.at = node;
  const definition = globalsFor({ row: frame.numericText }).get(node.name);
  if (definition === undefined) throw failed(`"${node.name}" is not a function`);
  const value = definition.call(fitted(node.name, definition, { passed, frame }), frame);
  return node.name === "namespace" ? frame.namespace(passed.named) : value;
}

/** A method is found only when it is called (L65). */
export function evaluateMethod(node: Node<"method">, frame: Frame): Value {
  const found = frame.evaluate(node.target);
  const passed = passedBy(node.args, frame);
  frame.at = node;
  if (found instanceof LoopState) {
    const { positional: values } = passed;
    return callLoopMethod(found, node.method, { values, counter: frame.budget });
  }
  const target = frame.use(found, node.target);
  if (target === ABSENT) return ABSENT;
  return callMethod(target, { method: node.method, passed, context: frame });
}

export function evaluateFilter(node: Node<"filter">, frame: Frame): Value {
  const input = frame.evaluate(node.input);
  return applyCall(node.call, { input, node: node.input, at: node, frame });
}

/** Applies a filter as written to a value that `node` gave. */
export function applyCall(
  { name, args }: FilterCall,
  { input, node, at, frame }: { input: Value; node: Node | null; at: Node | null; frame: Frame },
): Value {
  const passed = passedBy(args, frame, name === "default" || name === "d");
  frame.at = node;
  const used = definedInput(name, input, frame);
  frame.at = at;
  return applyFilter(name, used, { passed, frame });
}

/** Missing input leaves the reference unresolved, except for `default` (L72). */
function definedInput(name: string, input: Value, frame: Frame): Value {
  if (input !== MISSING) return input;
  return FILTER_DEFINITIONS.get(name)?.undefinedInput === "both" ? input : frame.use(input);
}

/** Applies a filter by name. */
export function applyFilter(
  name: string,
  input: Value,
  { passed, frame }: { passed: Passed; frame: Frame },
): Value {
  const definition = FILTER_DEFINITIONS.get(name);
  if (definition === undefined) throw failed(`there is no filter "${name}"`);
  const args = fitted(`filter "${name}"`, definition, { passed, frame });
  if (definition.undefinedInput === "both") return definition.apply(input, args, frame);
  const used = frame.use(input);
  if (used === ABSENT && definition.undefinedInput !== "absent") return ABSENT;
  if (typeof used === "string") frame.budget.read(used.length);
  return definition.apply(used, args, frame);
}

export function evaluateTest(node: Node<"test">, frame: Frame): Value {
  const input = frame.evaluate(node.input);
  const passed = passedBy(node.call.args, frame);
  frame.at = node.input;
  const asked = TEST_DEFINITIONS.get(node.call.name)?.undefinedInput === "both";
  const value = input === MISSING && !asked ? frame.use(input) : input;
  frame.at = node;
  return applyTest(node.call.name, value, { passed, frame }) !== node.negated;
}

/** Applies a test by name. */
export function applyTest(
  name: string,
  input: Value,
  { passed, frame }: { passed: Passed; frame: Frame },
): boolean {
  const definition = TEST_DEFINITIONS.get(name);
  if (definition === undefined) throw failed(`there is no test "${name}"`);
  const args = fitted(`test "${name}"`, definition, { passed, frame });
  if (definition.undefinedInput === "both") return definition.holds(input, args, frame);
  const used = frame.use(input);
  if (used === ABSENT && definition.undefinedInput !== "absent") return false;
  return definition.holds(used, args, frame);
}

/** Evaluates arguments; only `default` may be given a missing one. */
function passedBy(
  { positional, named }: CallArguments,
  frame: Frame,
  allowsMissing = false,
): Passed {
  if (positional.length === 0 && named.length === 0) return NOTHING;
  const evaluate = (node: Node): Value => (allowsMissing ? frame.evaluate(node) : frame.kept(node));
  return {
    positional: positional.map(evaluate),
    named: named.map(([name, node]): [string, Value] => [name, evaluate(node)]),
  };
}

const NOTHING: Passed = { positional: [], named: [] };

function fitted(
  what: string,
  definition: Signature,
  { passed, frame }: { passed: Passed; frame: Frame },
): Arguments {
  const names = passed.named.map(([name]) => name);
  const problem = mismatch(definition, { positional: passed.positional.length, named: names });
  if (problem !== null) throw failed(`${what} ${problem}`);
  return matched(definition, passed, frame.budget);
}
