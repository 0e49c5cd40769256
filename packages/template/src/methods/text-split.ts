import type { Arguments } from "../arguments.ts";
import type { CallContext, MethodDefinition } from "../call-context.ts";
import { failed } from "../failure.ts";
import { linesOf } from "../values/lines.ts";
import type { Value } from "../values/value.ts";

/** Methods that take a text apart. */
export const TEXT_SPLIT_METHODS: Readonly<Record<string, MethodDefinition<string>>> = {
  partition: {
    parameters: ["sep"],
    required: 1,
    call: (text, args) => partition(text, separator(args)),
  },
  rpartition: {
    parameters: ["sep"],
    required: 1,
    call: (text, args) => rpartition(text, separator(args)),
  },
  rsplit: {
    parameters: ["sep", "maxsplit"],
    call: (text, args, context) => split(text, args, { from: "end", context }),
  },
  split: {
    parameters: ["sep", "maxsplit"],
    call: (text, args, context) => split(text, args, { from: "start", context }),
  },
  splitlines: {
    parameters: ["keepends"],
    call: (text, args) => linesOf(text, { keepEnds: args.flag(0, false) }),
  },
};

function separator(args: Arguments): string {
  const text = args.text(0, "");
  if (text === "") throw failed("the separator is empty");
  return text;
}

function partition(text: string, sep: string): Value {
  const at = text.indexOf(sep);
  return at === -1 ? [text, "", ""] : [text.slice(0, at), sep, text.slice(at + sep.length)];
}

function rpartition(text: string, sep: string): Value {
  const at = text.lastIndexOf(sep);
  return at === -1 ? ["", "", text] : [text.slice(0, at), sep, text.slice(at + sep.length)];
}

type Splitting = { readonly from: "start" | "end"; readonly context: CallContext };

function split(text: string, args: Arguments, { from, context }: Splitting): Value {
  const max = args.integer(1, -1);
  const blanks = args.text(0, null) === null;
  const pieces = blanks
    ? blankSplit(text, max, from)
    : limited(text.split(separator(args)), { max, from, sep: separator(args) });
  context.budget.sequence(pieces.length);
  return pieces;
}

/** Rejoins what `maxsplit` says is not to be split. */
function limited(
  pieces: readonly string[],
  { max, from, sep }: { max: number; from: "start" | "end"; sep: string },
): readonly string[] {
  if (max < 0 || pieces.length <= max + 1) return pieces;
  if (from === "start") return [...pieces.slice(0, max), pieces.slice(max).join(sep)];
  const cut = pieces.length - max;
  return [pieces.slice(0, cut).join(sep), ...pieces.slice(cut)];
}

/** Splits at runs of blanks; the piece left over by `maxsplit` keeps its other blanks. */
function blankSplit(text: string, max: number, from: "start" | "end"): readonly string[] {
  const words = Array.from(text.matchAll(/\S+/g));
  if (max < 0 || words.length <= max) return words.map(([word]) => word);
  if (from === "start") {
    const rest = words[max];
    const done = words.slice(0, max).map(([word]) => word);
    return rest === undefined ? done : [...done, text.slice(rest.index)];
  }
  const cut = words.length - max;
  const last = words[cut - 1];
  const done = words.slice(cut).map(([word]) => word);
  return last === undefined ? done : [text.slice(0, last.index + last[0].length), ...done];
}
