import { FILTER_DEFINITIONS } from "../filters/registry.ts";
import { globalsFor } from "../globals/registry.ts";
import { METHOD_NAMES } from "../methods/registry.ts";
import { nearest } from "../nearest.ts";
import { patternProblem } from "../patterns/compile.ts";
import { mismatch, type Signature } from "../signature.ts";
import { TEST_DEFINITIONS } from "../tests/registry.ts";
import type { CallArguments, FilterCall, Node } from "./nodes.ts";
import type { Reader } from "./reader.ts";

/** Reports a key that no template may read (L59). */
export function checkKey(reader: Reader, { key, start }: { key: string; start: number }): void {
  if (!key.startsWith("_")) return;
  reader.report({
    code: "template_security",
    message: `"${key}": names and attributes that start with "_" cannot be reached`,
    offset: start,
  });
}

/** Reports a forbidden name, and a function that is named but not called (L74). */
export function checkName(reader: Reader, { name, start }: { name: string; start: number }): void {
  checkKey(reader, { key: name, start });
  const { bound, row } = reader.context;
  if (row || bound.has(name) || !globalsFor({ row }).has(name)) return;
  reader.report({
    code: "global_not_called",
    message: `"${name}" is a function: call it`,
    offset: start,
    suggestions: [`${name}()`],
  });
}

/** Reports a call of what is no function, or with arguments that it does not take. */
export function checkCall(
  reader: Reader,
  { name, args, start }: { name: string; args: CallArguments; start: number },
): void {
  const known = globalsFor(reader.context);
  const definition = known.get(name);
  checkKey(reader, { key: name, start });
  if (name.startsWith("_")) return;
  if (definition === undefined) {
    reader.report({
      code: "template_unsupported",
      message: `"${name}" is not a function`,
      offset: start,
      suggestions: nearest(name, known.keys()),
    });
    return;
  }
  checkArguments(reader, { what: `${name}()`, definition, args, start });
}

/** Reports a method that no value has (L66). */
export function checkMethod(
  reader: Reader,
  { method, start }: { method: string; start: number },
): void {
  if (METHOD_NAMES.has(method) || method.startsWith("_")) return;
  reader.report({
    code: "template_unsupported",
    message: `there is no method "${method}"`,
    offset: start,
    suggestions: nearest(method, METHOD_NAMES),
  });
}

/** Reports an unknown filter, and arguments that it does not take (L72). */
export function checkFilter(reader: Reader, call: FilterCall): void {
  const definition = FILTER_DEFINITIONS.get(call.name);
  if (definition === undefined) {
    reportUnknown(reader, { what: "filter", known: FILTER_DEFINITIONS.keys(), ...call });
    return;
  }
  if (reader.context.row && definition.impure !== undefined) {
    reader.report({
      code: "template_unsupported",
      message: `filter "${call.name}" is not available in row expressions`,
      offset: call.start,
    });
  }
  checkArguments(reader, { what: `filter "${call.name}"`, definition, ...call });
}

/** Reports an unknown test (L73). */
export function checkTest(reader: Reader, call: FilterCall): void {
  const definition = TEST_DEFINITIONS.get(call.name);
  if (definition === undefined) {
    reportUnknown(reader, { what: "test", known: TEST_DEFINITIONS.keys(), ...call });
    return;
  }
  checkArguments(reader, { what: `test "${call.name}"`, definition, ...call });
}

function reportUnknown(
  reader: Reader,
  {
    what,
    known,
    name,
    start,
  }: { what: string; known: Iterable<string>; name: string; start: number },
): void {
  reader.report({
    code: "unknown_filter",
    message: `there is no ${what} "${name}"`,
    offset: start,
    suggestions: nearest(name, known),
  });
}

type CheckedCall = {
  readonly what: string;
  readonly definition: Signature;
  readonly args: CallArguments;
  readonly start: number;
};

function checkArguments(reader: Reader, { what, definition, args, start }: CheckedCall): void {
  const named = args.named.map(([name]) => name);
  const problem = mismatch(definition, { positional: args.positional.length, named });
  if (problem !== null) {
    reader.report({ code: "template_syntax", message: `${what} ${problem}`, offset: start });
    return;
  }
  checkAttribute(reader, argumentFor(definition, args, "attribute"));
  checkNamedCall(reader, what, { definition, args });
  checkPattern(reader, argumentFor(definition, args, "pattern"));
}

/** The expression given for a parameter. */
function argumentFor(definition: Signature, args: CallArguments, name: string): Node | undefined {
  const given = args.named.find(([key]) => key === name)?.[1];
  const index = definition.parameters.indexOf(name);
  return given ?? (index === -1 ? undefined : args.positional[index]);
}

function checkAttribute(reader: Reader, node: Node | undefined): void {
  if (node?.kind !== "literal" || typeof node.value !== "string") return;
  for (const key of node.value.split(".")) checkKey(reader, { key, start: node.start });
}

/** `map('upper')`, `select('odd')`: the name must be written out, so that it can be checked here. */
function checkNamedCall(
  reader: Reader,
  what: string,
  { definition, args }: { definition: Signature; args: CallArguments },
): void {
  for (const [parameter, known] of [
    ["filter", FILTER_DEFINITIONS],
    ["test", TEST_DEFINITIONS],
  ] as const) {
    const node = argumentFor(definition, args, parameter);
    if (node === undefined) continue;
    if (node.kind !== "literal" || typeof node.value !== "string") {
      reader.report({
        code: "template_unsupported",
        message: `${what} needs the name of a ${parameter} as a literal text`,
        offset: node.start,
      });
    } else if (!known.has(node.value)) {
      reportUnknown(reader, {
        what: parameter,
        known: known.keys(),
        name: node.value,
        start: node.start,
      });
    }
  }
}

function checkPattern(reader: Reader, node: Node | undefined): void {
  if (node?.kind !== "literal" || typeof node.value !== "string") return;
  const problem = patternProblem(node.value);
  if (problem !== null) reader.report({ ...problem, offset: node.start });
}
