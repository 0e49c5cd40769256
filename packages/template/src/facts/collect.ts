import { argumentNodes, childrenOf } from "../parse/children.ts";
import type { ByKind, FilterCall, Kind, Node } from "../parse/nodes.ts";
import type { Statement, Target } from "../parse/statements.ts";
import type { Collector } from "./collector.ts";

/** Walks statements in the order in which they run. */
export function collectStatements(statements: readonly Statement[], collector: Collector): void {
  for (const statement of statements) collectStatement(statement, collector);
}

function collectStatement(statement: Statement, collector: Collector): void {
  switch (statement.kind) {
    case "text":
      return;
    case "print":
      return collectExpression(statement.value, collector);
    case "if":
      return collectIf(statement, collector);
    case "for":
      return collectFor(statement, collector);
    case "set":
      collectExpression(statement.value, collector);
      return bindTargets(statement.targets, collector);
    case "capture":
      collectBlock(statement, collector);
      return bindTargets([statement.target], collector);
    case "with":
      for (const { value } of statement.bindings) collectExpression(value, collector);
      return collector.scoped(
        statement.bindings.flatMap(({ targets }) => targets),
        () => collectStatements(statement.body, collector),
      );
    case "filter":
      return collectBlock(statement, collector);
  }
}

type Of<K extends Statement["kind"]> = Extract<Statement, { kind: K }>;

function collectIf({ branches, otherwise }: Of<"if">, collector: Collector): void {
  for (const { test } of branches) collectExpression(test, collector);
  collector.oneOf([
    ...branches.map(
      ({ body }) =>
        () =>
          collectStatements(body, collector),
    ),
    () => collectStatements(otherwise, collector),
  ]);
}

function collectFor(statement: Of<"for">, collector: Collector): void {
  const { targets, source, condition, body, otherwise } = statement;
  collectExpression(source, collector);
  if (condition !== null) collector.scoped(targets, () => collectExpression(condition, collector));
  collector.scoped(["loop", ...targets], () => collectStatements(body, collector));
  collector.scoped([], () => collectStatements(otherwise, collector));
}

function collectBlock(
  { filters, body }: { filters: readonly FilterCall[]; body: readonly Statement[] },
  collector: Collector,
): void {
  collector.scoped([], () => collectStatements(body, collector));
  for (const call of filters) collectCall(call, collector);
}

/** `ns.x` changes an object; only names become bound. */
function bindTargets(targets: readonly Target[], collector: Collector): void {
  collector.bind(targets.filter(({ kind }) => kind === "name").map(({ name }) => name));
}

/** Walks an expression. */
export function collectExpression(node: Node, collector: Collector): void {
  collect(node, collector);
}

function collect<K extends Kind>(node: Node<K>, collector: Collector, guarded = false): void {
  COLLECTORS[node.kind](node, collector, guarded);
}

const COLLECTORS: ByKind<[collector: Collector, guarded: boolean], void> = {
  literal: collectLiteral,
  name: collectChain,
  list: collectChildren,
  mapping: collectChildren,
  field: collectChain,
  item: collectChain,
  slice: collectChildren,
  method: collectChain,
  call: (node, collector) => {
    collector.called(node.name, { kind: "call", offset: node.start });
    collectChildren(node, collector);
  },
  filter: collectFilter,
  test: (node, collector) => {
    collect(node.input, collector, ["defined", "undefined"].includes(node.call.name));
    collectArguments(node.call, collector);
  },
  negate: collectChildren,
  positive: collectChildren,
  not: collectChildren,
  arithmetic: collectChildren,
  concat: collectChildren,
  compare: collectChildren,
  all: collectChildren,
  some: collectChildren,
  choose: collectChildren,
  comprehension: collectComprehension,
};

function collectChildren(node: Node, collector: Collector): void {
  for (const child of childrenOf(node)) collect(child, collector);
}

function collectLiteral({ value, start, end }: Node<"literal">, collector: Collector): void {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return;
  const written = collector.source.slice(start, end);
  if (/^(?:[\d_]+|0[xob].*)$/i.test(written)) collector.imprecise(start);
}

function collectFilter({ input, call }: Node<"filter">, collector: Collector): void {
  collect(input, collector, call.name === "default" || call.name === "d");
  const settled = input.kind === "literal" && input.value !== "now";
  if (settled && (call.name === "date" || call.name === "strftime"))
    collectArguments(call, collector);
  else collectCall(call, collector);
}

function collectCall(call: FilterCall, collector: Collector): void {
  collector.called(call.name, { kind: "filter", offset: call.start });
  const [first] = call.args.positional;
  if (call.name === "map" && first?.kind === "literal" && typeof first.value === "string") {
    collector.called(first.value, { kind: "filter", offset: first.start });
  }
  collectArguments(call, collector);
}

function collectArguments({ args }: FilterCall, collector: Collector): void {
  for (const node of argumentNodes(args)) collect(node, collector);
}

function collectComprehension(node: Node<"comprehension">, collector: Collector): void {
  const { source, targets, condition, element } = node;
  collect(source, collector);
  collector.scoped(targets, () => {
    if (condition !== null) collect(condition, collector);
    collect(element, collector);
  });
}

type Step = string | number | null;

/** `a.b[0][x].c()`: one reference with its path, and those inside its brackets. */
function collectChain(node: Node, collector: Collector, guarded: boolean): void {
  const path: Step[] = [];
  let called = false;
  let at: Node = node;
  while (at.kind === "field" || at.kind === "item" || at.kind === "method") {
    if (at.kind === "method") {
      // What is read of a method's value is no path of the reference.
      called = true;
      path.length = 0;
      for (const argument of argumentNodes(at.args)) collect(argument, collector);
    } else if (at.kind === "item") {
      path.unshift(null);
      collect(at.index, collector);
    } else path.unshift(at.key);
    at = at.target;
  }
  if (at.kind !== "name") return collect(at, collector);
  const { name, dollar, start } = at;
  collector.refer({ root: name, path, offset: start, guarded, dollar, called });
}
