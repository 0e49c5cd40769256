import type { Arguments } from "../arguments.ts";
import type { CallContext, Filters } from "../call-context.ts";
import { failed } from "../failure.ts";
import { characterCount, sliceCharacters } from "../values/characters.ts";
import { linesOf } from "../values/lines.ts";
import { centered } from "../values/padding.ts";
import { textFilter } from "./text-filter.ts";
import { wrapLine } from "./wrap.ts";

/** Filters that lay a text out. */
export const LAYOUT_FILTERS: Filters = {
  center: textFilter(["width"], (text, args, { budget }) =>
    centered(text, { width: args.integer(0, 80), fill: " ", budget }),
  ),
  indent: textFilter(["width", "first", "blank"], indent),
  truncate: textFilter(["length", "killwords", "end", "leeway"], truncate),
  wordwrap: textFilter(
    ["width", "break_long_words", "wrapstring", "break_on_hyphens"],
    (text, args, context) => {
      const width = args.integer(0, 79);
      if (width < 1) throw failed("wordwrap needs a width of at least 1");
      const options = { width, breakWords: args.flag(1, true), breakHyphens: args.flag(3, true) };
      const wrapped = linesOf(text).map((line) => wrapLine(line, options));
      return boundedJoin(
        wrapped.flatMap((lines) => (lines.length === 0 ? [""] : lines)),
        args.text(2, "\n"),
        context,
      );
    },
  ),
};

function boundedJoin(lines: readonly string[], by: string, { budget }: CallContext): string {
  budget.text(lines.reduce((sum, line) => sum + line.length + by.length, 0));
  return lines.join(by);
}

function indent(text: string, args: Arguments, context: CallContext): string {
  const given = args.value(0) ?? 4;
  const width = typeof given === "string" ? 0 : args.integer(0, 4);
  context.budget.text(Math.max(width, 0));
  const indention = typeof given === "string" ? given : " ".repeat(Math.max(width, 0));
  const blank = args.flag(2, false);
  const lines = linesOf(`${text}\n`);
  context.budget.text(text.length + lines.length * indention.length);
  const [head = "", ...rest] = lines;
  const tail = rest.map((line) => (line === "" && !blank ? line : indention + line));
  return (args.flag(1, false) ? indention : "") + [head, ...tail].join("\n");
}

function truncate(text: string, args: Arguments): string {
  const length = args.integer(0, 255);
  const end = args.text(2, "...");
  const kept = length - characterCount(end);
  if (kept < 0) throw failed(`truncate needs a length of at least ${characterCount(end)}`);
  if (characterCount(text) <= length + args.integer(3, 5)) return text;
  const cut = sliceCharacters(text, 0, kept);
  if (args.flag(1, false)) return cut + end;
  const blank = cut.lastIndexOf(" ");
  return (blank === -1 ? cut : cut.slice(0, blank)) + end;
}
