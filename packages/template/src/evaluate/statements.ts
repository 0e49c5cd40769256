import type { FilterCall, Node } from "../parse/nodes.ts";
import type { Statement, Target } from "../parse/statements.ts";
import { elementsOf } from "../values/sequence.ts";
import type { Value } from "../values/value.ts";
import { applyCall } from "./calls.ts";
import { bindTargets, takenApart } from "./containers.ts";
import type { Frame } from "./frame.ts";
import { LoopState } from "./loop-state.ts";

/** Runs statements and gives their text. */
export function runBody(statements: readonly Statement[], frame: Frame): string {
  const [only] = statements;
  if (statements.length === 1 && only !== undefined) return run(only, frame);
  let text = "";
  for (const statement of statements) {
    text += run(statement, frame);
    if (text.length > frame.budget.limits.stringBytes) frame.budget.text(text.length);
  }
  return text;
}

function run(statement: Statement, frame: Frame): string {
  frame.budget.spend(1);
  switch (statement.kind) {
    case "text":
      return statement.text;
    case "print":
      return printed(statement.value, frame);
    case "if":
      return runIf(statement, frame);
    case "for":
      return runFor(statement, frame);
    case "set":
      return runSet(statement, frame);
    case "capture":
      assign(statement.target, filtered(statement, frame), frame);
      return "";
    case "with":
      return runWith(statement, frame);
    case "filter":
      return frame.budget.textOf(filtered(statement, frame));
  }
}

type Of<K extends Statement["kind"]> = Extract<Statement, { kind: K }>;

function printed(node: Node, frame: Frame): string {
  const value = frame.used(node);
  frame.release(value);
  return frame.budget.textOf(value);
}

function runIf({ branches, otherwise }: Of<"if">, frame: Frame): string {
  for (const { test, body } of branches) {
    if (frame.holds(test)) return runBody(body, frame);
  }
  return runBody(otherwise, frame);
}

function runFor(statement: Of<"for">, frame: Frame): string {
  const items = chosenItems(statement, frame);
  if (items.length === 0) return frame.scoped(() => runBody(statement.otherwise, frame));
  const loop = new LoopState(items);
  const parts: string[] = [];
  let characters = 0;
  for (const [index, item] of items.entries()) {
    loop.advance(index);
    frame.budget.spend(1);
    const text = frame.scoped(() => {
      frame.bind("loop", loop);
      bindTargets(statement.targets, item, frame);
      return runBody(statement.body, frame);
    });
    characters += text.length;
    if (characters > frame.budget.limits.stringBytes) frame.budget.text(characters);
    parts.push(text);
  }
  return parts.join("");
}

/** What a `for` goes over; `loop` counts only these. */
function chosenItems({ source, condition, targets }: Of<"for">, frame: Frame): readonly Value[] {
  const items = elementsOf(frame.used(source));
  if (condition === null) return items;
  return items.filter((item) =>
    frame.scoped(() => {
      bindTargets(targets, item, frame);
      return frame.holds(condition);
    }),
  );
}

function runSet({ targets, value }: Of<"set">, frame: Frame): string {
  const result = frame.evaluate(value);
  const [only] = targets;
  if (only !== undefined && targets.length === 1) assign(only, result, frame);
  else {
    const values = takenApart(result, targets.length);
    for (const [index, target] of targets.entries()) assign(target, values[index] ?? null, frame);
  }
  return "";
}

function assign(target: Target, value: Value, frame: Frame): void {
  if (target.kind === "name") frame.bind(target.name, value);
  else frame.assign(target.name, target.key, value);
}

function runWith({ bindings, body }: Of<"with">, frame: Frame): string {
  const values = bindings.map(({ value }) => frame.evaluate(value));
  return frame.scoped(() => {
    for (const [index, { targets }] of bindings.entries()) {
      bindTargets(targets, values[index] ?? null, frame);
    }
    return runBody(body, frame);
  });
}

/** The text of a body, sent through filters. */
function filtered(
  { filters, body }: { filters: readonly FilterCall[]; body: readonly Statement[] },
  frame: Frame,
): Value {
  let value: Value = frame.scoped(() => runBody(body, frame));
  for (const call of filters) {
    value = applyCall(call, { input: value, node: null, at: null, frame });
  }
  return value;
}
