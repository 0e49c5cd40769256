import { type Entry, type MapNode, type Node, wordOf } from "../source/node.ts";
import { type Context, find } from "./context.ts";
import type { ContainerForm } from "./core.ts";

/** What kind of step a mapping is (L37). */
export type StepForm =
  | { readonly kind: "task" }
  /** A construct of another rule, by its key. */
  | { readonly kind: "later"; readonly entry: Entry }
  | {
      readonly kind: "container";
      readonly form: ContainerForm;
      /** The steps of the body; absent for a single-step loop. */
      readonly body: Entry | undefined;
    }
  /** A finding says why it is none. */
  | { readonly kind: "wrong" };

/** Find out what kind of step a mapping is: none or two kinds are a finding (L37, L104). */
export function formOf(context: Context, map: MapNode, id: string): StepForm {
  const at = (key: string): Entry | undefined => presentIn(map, key);
  const later = at("pipeline") ?? at("create_parallel_queue");
  if (later !== undefined) {
    return { kind: "later", entry: later };
  }
  const forms = formsIn(at);
  const [first, second] = forms;
  const steps = at("steps");
  const calls = at("tool") ?? at("action");
  if (first === undefined) {
    return steps === undefined
      ? { kind: "task" }
      : wrong(context, steps, {
          code: "step_kind",
          id,
          message: "steps are the body of a loop; for_each, while or until says how often they run",
          suggestions: ["for_each: ", "while: ", "until: "],
        });
  }
  if (second !== undefined) {
    const isGroup = [first, second].some(({ form }) => form === "parallel");
    return wrong(context, second.entry, {
      code: isGroup ? "step_kind" : "loop_ambiguous",
      id,
      message: `${id} has both ${first.entry.key} and ${second.entry.key}: it can repeat in one way only`,
      suggestions: [],
    });
  }
  return bodyFor(context, { id, form: first, steps, calls });
}

type Found = { readonly form: ContainerForm; readonly entry: Entry };

function formsIn(at: (key: string) => Entry | undefined): readonly Found[] {
  const actions = at("action_loop");
  const repeat = actions === undefined ? (at("while") ?? at("until")) : undefined;
  const group = at("parallel");
  const written: readonly (readonly [ContainerForm, Entry | undefined])[] = [
    ["for_each", at("for_each") ?? at("foreach")],
    ["repeat", repeat],
    ["action_loop", actions],
    ["parallel", group?.value.kind === "list" ? group : undefined],
  ];
  return written.flatMap(([form, entry]) => (entry === undefined ? [] : [{ form, entry }]));
}

type Contents = {
  readonly id: string;
  readonly form: Found;
  readonly steps: Entry | undefined;
  readonly calls: Entry | undefined;
};

function bodyFor(context: Context, contents: Contents): StepForm {
  const { id, calls, steps, form } = contents;
  const holdsItself = form.form === "action_loop" || form.form === "parallel";
  const body = holdsItself ? form.entry : steps;
  const other = otherKind(contents, { holdsItself });
  if (other !== undefined) {
    return wrong(context, other, {
      code: "step_kind",
      id,
      message: `${id} has both ${body?.key ?? ""} and ${other.key}: it is one kind of step only`,
      suggestions: [],
    });
  }
  if (body === undefined && calls === undefined) {
    return wrong(context, form.entry, {
      code: "step_kind",
      id,
      message: `the loop ${id} has nothing to run: neither steps nor a tool or an action`,
      suggestions: ["steps: ", "action: "],
    });
  }
  return body === undefined || isFilled(body)
    ? { kind: "container", form: form.form, body }
    : wrong(context, body, {
        code: "schema",
        id,
        message: `${body.key} is a list of at least one step`,
        suggestions: [],
      });
}

/** What makes a container a step of another kind too. */
function otherKind(
  { steps, calls }: Contents,
  { holdsItself }: { holdsItself: boolean },
): Entry | undefined {
  if (holdsItself) {
    return steps ?? calls;
  }
  return steps === undefined ? undefined : calls;
}

function isFilled({ value }: Entry): boolean {
  return value.kind === "list" && value.items.length > 0;
}

function wrong(
  context: Context,
  entry: Entry,
  {
    code,
    id,
    message,
    suggestions,
  }: {
    code: "step_kind" | "loop_ambiguous" | "schema";
    id: string;
    message: string;
    suggestions: readonly string[];
  },
): StepForm {
  const where = { step: id, path: entry.key, offset: entry.keyStart };
  find(context, code, { where, message, suggestions });
  return { kind: "wrong" };
}

/** A key that is written, and not empty. */
function presentIn(map: MapNode, key: string): Entry | undefined {
  return map.entries.find((entry) => entry.key === key && !isEmpty(entry.value));
}

function isEmpty(value: Node): boolean {
  return value.kind === "scalar" && wordOf(value) === undefined;
}
