import type { Arguments } from "../arguments.ts";
import type { CallContext, MethodDefinition } from "../call-context.ts";
import { failed } from "../failure.ts";
import { characterCount, sliceCharacters } from "../values/characters.ts";
import { isList } from "../values/kinds.ts";
import { replaced } from "../values/replacing.ts";

/** Methods that look for a part. */
export const TEXT_SEARCH_METHODS: Readonly<Record<string, MethodDefinition<string>>> = {
  count: { parameters: ["part", "start", "end"], required: 1, call: count },
  endswith: {
    parameters: ["suffix", "start", "end"],
    required: 1,
    call: (text, args, context) =>
      parts(args, context).some((part) => within(text, args).text.endsWith(part)),
  },
  find: {
    parameters: ["part", "start", "end"],
    required: 1,
    call: (text, args) => find(text, args, "first"),
  },
  index: {
    parameters: ["part", "start", "end"],
    required: 1,
    call: (text, args) => {
      const found = find(text, args, "first");
      if (found === -1) throw failed("index(): the text has no such part");
      return found;
    },
  },
  removeprefix: {
    parameters: ["prefix"],
    required: 1,
    call: (text, args) => {
      const prefix = args.text(0, "");
      return text.startsWith(prefix) ? text.slice(prefix.length) : text;
    },
  },
  removesuffix: {
    parameters: ["suffix"],
    required: 1,
    call: (text, args) => {
      const suffix = args.text(0, "");
      return suffix !== "" && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
    },
  },
  replace: {
    parameters: ["old", "new", "count"],
    required: 2,
    call: (text, args, { budget }) =>
      replaced(text, {
        old: args.text(0, ""),
        by: args.text(1, ""),
        count: args.integer(2, -1),
        budget,
      }),
  },
  rfind: {
    parameters: ["part", "start", "end"],
    required: 1,
    call: (text, args) => find(text, args, "last"),
  },
  startswith: {
    parameters: ["prefix", "start", "end"],
    required: 1,
    call: (text, args, context) =>
      parts(args, context).some((part) => within(text, args).text.startsWith(part)),
  },
};

/** One part, or several of which one must fit. */
function parts(args: Arguments, { budget }: CallContext): readonly string[] {
  const value = args.value(0) ?? "";
  return isList(value) ? value.map((part) => budget.textOf(part)) : [budget.textOf(value)];
}

/** The text between the second and third argument, and where it starts. */
function within(text: string, args: Arguments): { readonly text: string; readonly start: number } {
  if (args.raw(1) === undefined) return { text, start: 0 };
  const length = characterCount(text);
  const place = (bound: number): number =>
    Math.min(Math.max(bound < 0 ? bound + length : bound, 0), length);
  const start = place(args.integer(1, 0));
  const end = Math.max(place(args.integer(2, length)), start);
  return { text: sliceCharacters(text, start, end), start };
}

function find(text: string, args: Arguments, which: "first" | "last"): number {
  const part = args.text(0, "");
  const range = within(text, args);
  const at = which === "first" ? range.text.indexOf(part) : range.text.lastIndexOf(part);
  return at === -1 ? -1 : range.start + characterCount(range.text.slice(0, at));
}

function count(text: string, args: Arguments): number {
  const part = args.text(0, "");
  const range = within(text, args).text;
  return part === "" ? characterCount(range) + 1 : range.split(part).length - 1;
}
