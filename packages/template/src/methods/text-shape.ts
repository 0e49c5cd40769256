import type { Arguments } from "../arguments.ts";
import type { CallContext, MethodDefinition } from "../call-context.ts";
import { failed } from "../failure.ts";
import { centered, padding } from "../values/padding.ts";
import { elementsOf } from "../values/sequence.ts";
import { stripped } from "../values/strip.ts";
import type { Value } from "../values/value.ts";

/** Methods that strip, pad and join. */
export const TEXT_SHAPE_METHODS: Readonly<Record<string, MethodDefinition<string>>> = {
  center: {
    parameters: ["width", "fill"],
    required: 1,
    call: (text, args, { budget }) =>
      centered(text, { width: args.integer(0, 0), fill: fill(args), budget }),
  },
  join: { parameters: ["items"], required: 1, call: join },
  ljust: {
    parameters: ["width", "fill"],
    required: 1,
    call: (text, args, { budget }) =>
      text + padding(text, { width: args.integer(0, 0), fill: fill(args), budget }),
  },
  lstrip: {
    parameters: ["characters"],
    call: (text, args) => stripped(text, args.text(0, null), "start"),
  },
  rjust: {
    parameters: ["width", "fill"],
    required: 1,
    call: (text, args, { budget }) =>
      padding(text, { width: args.integer(0, 0), fill: fill(args), budget }) + text,
  },
  rstrip: {
    parameters: ["characters"],
    call: (text, args) => stripped(text, args.text(0, null), "end"),
  },
  strip: {
    parameters: ["characters"],
    call: (text, args) => stripped(text, args.text(0, null), "both"),
  },
  zfill: {
    parameters: ["width"],
    required: 1,
    call: (text, args, { budget }) => {
      const zeros = padding(text, { width: args.integer(0, 0), fill: "0", budget });
      const signed = /^[+-]/.test(text);
      return signed ? text.slice(0, 1) + zeros + text.slice(1) : zeros + text;
    },
  },
};

function fill(args: Arguments): string {
  const character = args.text(1, " ");
  if (Array.from(character).length !== 1) throw failed("the fill must be one character");
  return character;
}

/** Texts only, as in Python; the filter `join` takes anything. */
function join(separator: string, args: Arguments, context: CallContext): Value {
  const texts = elementsOf(args.raw(0) ?? null).map((item) => {
    const value = context.use(item);
    if (typeof value === "string") return value;
    throw failed("join() takes texts; the filter `join` takes any value");
  });
  const characters = texts.reduce((sum, text) => sum + text.length + separator.length, 0);
  context.budget.text(characters);
  return texts.join(separator);
}
