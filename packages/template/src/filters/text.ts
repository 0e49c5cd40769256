import type { Filters } from "../call-context.ts";
import { capitalized } from "../values/letter-case.ts";
import { replaced } from "../values/replacing.ts";
import { stripped } from "../values/strip.ts";
import { textFilter } from "./text-filter.ts";

/** Filters on letters, words and parts of a text. */
export const TEXT_FILTERS: Filters = {
  lower: textFilter([], (text) => text.toLowerCase()),
  upper: textFilter([], (text) => text.toUpperCase()),
  capitalize: textFilter([], capitalized),
  title: textFilter([], titleCase),
  trim: textFilter(["chars"], (text, args) => stripped(text, args.text(0, null), "both")),
  replace: textFilter(
    { parameters: ["old", "new", "count"], required: 2 },
    (text, args, { budget }) =>
      replaced(text, {
        old: args.text(0, ""),
        by: args.text(1, ""),
        count: args.integer(2, -1),
        budget,
      }),
  ),
  string: textFilter([], (text) => text),
  wordcount: textFilter([], (text) => (text.match(/[\p{L}\p{N}_\p{M}]+/gu) ?? []).length),
  truncate_words: textFilter(["n"], (text, args) => truncateWords(text, args.integer(0, 50))),
  slugify: textFilter([], slugify),
  markdown_format: textFilter([], markdownFormat),
};

/** Jinja's title: words begin after blanks, hyphens and opening brackets only, so `it's` is `It's`. */
function titleCase(text: string): string {
  return text
    .split(/([-\s({[<]+)/)
    .map((word) => capitalized(word))
    .join("");
}

function truncateWords(text: string, limit: number): string {
  const words = text.split(/\s+/).filter((word) => word !== "");
  return words.length <= limit ? text : `${words.slice(0, Math.max(limit, 0)).join(" ")}...`;
}

function slugify(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}_\s-]/gu, "")
    .replaceAll(/[\s-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}

const LIST_ITEM = /^\s*(?:[-*+]|\d+[.)])\s/;

/** A blank line before headings and lists; code fences stay as they are. */
function markdownFormat(text: string): string {
  const lines: string[] = [];
  let fenced = false;
  for (const line of text.split("\n")) {
    const before = lines.at(-1) ?? "";
    if (!fenced && before.trim() !== "" && startsBlock(line, before)) lines.push("");
    if (line.trimStart().startsWith("```")) fenced = !fenced;
    lines.push(line);
  }
  return lines.join("\n").trim();
}

function startsBlock(line: string, before: string): boolean {
  if (/^#{1,6}\s/.test(line)) return true;
  const continues = LIST_ITEM.test(before) || /^\s/.test(before);
  return LIST_ITEM.test(line) && !continues;
}
