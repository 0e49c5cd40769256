import type { MethodDefinition } from "../call-context.ts";
import { failed } from "../failure.ts";
import { areEqual } from "../values/equality.ts";
import type { Value } from "../values/value.ts";

/** The methods of arrays (L66). */
export const ARRAY_METHODS: Readonly<Record<string, MethodDefinition<readonly Value[]>>> = {
  count: {
    parameters: ["value"],
    required: 1,
    call: (items, args, { budget }) =>
      items.filter((item) => areEqual(item, args.raw(0) ?? null, budget)).length,
  },
  index: {
    parameters: ["value", "start", "end"],
    required: 1,
    call: (items, args, { budget }) => {
      const from = args.integer(1, 0);
      const to = args.integer(2, items.length);
      const found = items.findIndex(
        (item, index) => index >= from && index < to && areEqual(item, args.raw(0) ?? null, budget),
      );
      if (found === -1) throw failed("index(): the array has no such element");
      return found;
    },
  },
};
