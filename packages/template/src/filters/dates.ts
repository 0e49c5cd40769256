import type { FilterDefinition, Filters } from "../call-context.ts";
import { readDate } from "../dates/read-date.ts";
import { strftime } from "../dates/strftime.ts";

/** `'now'`, or whatever can be read as a date; anything else stays as it is. Impure, as any text may be `'now'`. */
const DATE: FilterDefinition = {
  parameters: ["format"],
  impure: true,
  apply: (input, args, context) => {
    const date = input === "now" ? context.now() : readDate(input);
    return date === null ? input : strftime(date, args.text(0, "%Y-%m-%d %H:%M:%S"));
  },
};

/** Filters on dates. */
export const DATE_FILTERS: Filters = { date: DATE, strftime: DATE };
