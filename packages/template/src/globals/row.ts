import type { GlobalDefinition } from "../call-context.ts";
import { readDate } from "../dates/read-date.ts";
import { strftime } from "../dates/strftime.ts";
import { failed } from "../failure.ts";
import { isUndefined, typeName } from "../values/kinds.ts";
import { ABSENT } from "../values/value.ts";

/** The functions of row expressions only (L197). */
export const ROW_GLOBALS: Readonly<Record<string, GlobalDefinition>> = {
  DATE_FORMAT: {
    parameters: ["value", "format"],
    required: 2,
    call: (args, context) => {
      const value = context.use(args.raw(0) ?? ABSENT);
      if (isUndefined(value)) return ABSENT;
      const date = readDate(value);
      if (date === null) throw failed(`DATE_FORMAT needs a date, not ${typeName(value)}`);
      return strftime(date, args.text(1, ""));
    },
  },
};
