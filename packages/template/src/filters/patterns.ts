import type { Filters } from "../call-context.ts";
import { expanded, type Match, matchesOf } from "../patterns/match.ts";
import { ABSENT, type Value } from "../values/value.ts";
import { textFilter } from "./text-filter.ts";

/** Filters with regular expressions (L67). */
export const PATTERN_FILTERS: Filters = {
  regex_search: textFilter({ parameters: ["pattern"], required: 1 }, (text, args, { budget }) => {
    for (const match of matchesOf(args.text(0, ""), text, budget)) return match.groups[0] ?? "";
    return ABSENT;
  }),
  regex_findall: textFilter({ parameters: ["pattern"], required: 1 }, (text, args, { budget }) => {
    const found: Value[] = [];
    for (const match of matchesOf(args.text(0, ""), text, budget)) {
      found.push(foundIn(match));
      budget.spend(match.groups.length);
      budget.holds(found.length);
    }
    return found;
  }),
  regex_replace: textFilter(
    { parameters: ["pattern", "replacement"], required: 1 },
    (text, args, { budget }) => {
      const replacement = args.text(1, "");
      const grow = budget.growing();
      let result = "";
      let from = 0;
      for (const match of matchesOf(args.text(0, ""), text, budget)) {
        result += text.slice(from, match.start) + expanded(replacement, match, grow);
        grow(match.start - from);
        from = match.end;
      }
      return result + text.slice(from);
    },
  ),
};

/** Python's findall: the whole match, its only group, or all of its groups. */
function foundIn({ groups }: Match): Value {
  const [whole, only, ...more] = groups.map((group) => group ?? "");
  if (only === undefined) return whole ?? "";
  return more.length === 0 ? only : [only, ...more];
}
