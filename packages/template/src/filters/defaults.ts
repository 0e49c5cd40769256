import type { FilterDefinition, Filters } from "../call-context.ts";
import { isUndefined, isView } from "../values/kinds.ts";
import { isTrue, verdictOf } from "../values/truth.ts";

const DEFAULT: FilterDefinition = {
  parameters: ["default_value", "boolean"],
  undefinedInput: "both",
  apply: (input, args) => {
    const isGiven = isView(input) ? input.defined : !isUndefined(input);
    const keep = isGiven && (!args.flag(1, false) || isTrue(input));
    return keep ? input : (args.raw(0) ?? "");
  },
};

/** Filters that stand in for a missing or undecided value. */
export const DEFAULT_FILTERS: Filters = {
  default: DEFAULT,
  d: DEFAULT,
  bool: { parameters: [], apply: (input) => verdictOf(input) },
};
