import type { CallContext, FilterDefinition, Filters } from "../call-context.ts";
import { failed } from "../failure.ts";
import { isList, isMapping } from "../values/kinds.ts";
import type { Value } from "../values/value.ts";
import { unescapedEntities } from "./entities.ts";
import { textFilter } from "./text-filter.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&#39;",
  '"': "&#34;",
};

const ESCAPE = textFilter([], (text) =>
  text.replaceAll(/[&<>'"]/g, (character) => ESCAPES[character] ?? character),
);

/** Filters for HTML and URLs. */
export const MARKUP_FILTERS: Filters = {
  escape: ESCAPE,
  e: ESCAPE,
  safe: { parameters: [], apply: (input) => input },
  striptags: textFilter([], stripTags),
  urlencode: urlencode(),
};

function stripTags(text: string): string {
  const bare = without(without(text, "<!--", "-->"), "<", ">");
  return unescapedEntities(
    bare
      .split(/\s+/)
      .filter((word) => word !== "")
      .join(" "),
  );
}

/** A text without its parts from one word to the next other one; what is never closed stays. */
function without(text: string, open: string, close: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let at = text.indexOf(open); at !== -1; at = text.indexOf(open, from)) {
    const end = text.indexOf(close, at);
    if (end === -1) break;
    kept.push(text.slice(from, at));
    from = end + close.length;
  }
  return kept.join("") + text.slice(from);
}

function urlencode(): FilterDefinition {
  return {
    parameters: [],
    apply: (input, _, context) => {
      if (isMapping(input)) return query(Object.entries(input), context);
      if (!isList(input)) return quoted(context.budget.textOf(input), { slash: true });
      return query(
        input.map((item) => keyAndValue(context.use(item), context)),
        context,
      );
    },
  };
}

function keyAndValue(pair: Value, context: CallContext): readonly [string, Value] {
  if (!isList(pair) || pair.length !== 2)
    throw failed("urlencode takes a text, a mapping or pairs");
  return [context.budget.textOf(pair[0] ?? null), pair[1] ?? null];
}

function query(entries: readonly (readonly [string, Value])[], { budget }: CallContext): string {
  const grow = budget.growing();
  const pairs = entries.map(([key, value]) => {
    const text = `${quoted(key, { slash: false })}=${quoted(budget.textOf(value), { slash: false })}`;
    grow(text.length + 1);
    return text;
  });
  return pairs.join("&");
}

/** Python's quote; in a query a blank is `+` and `/` is quoted too. */
function quoted(text: string, { slash }: { readonly slash: boolean }): string {
  const encoded = encodeURIComponent(text.replaceAll(/\p{Cs}/gu, "\ufffd")).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return slash ? encoded.replaceAll("%2F", "/") : encoded.replaceAll("%20", "+");
}
