import type { MethodDefinition } from "../call-context.ts";
import { strftime } from "../dates/strftime.ts";
import type { DateTime } from "../values/date-time.ts";

/** The methods of date-times (L66); the calendar fields can be read without a call too. */
export const DATE_METHODS: Readonly<Record<string, MethodDefinition<DateTime>>> = {
  isoformat: { parameters: [], call: (date) => date.toString() },
  strftime: {
    parameters: ["format"],
    required: 1,
    call: (date, args) => strftime(date, args.text(0, "")),
  },
  date: { parameters: [], call: (date) => date.dateText },
  time: { parameters: [], call: (date) => date.timeText },
  year: { parameters: [], call: (date) => date.fields.year },
  month: { parameters: [], call: (date) => date.fields.month },
  day: { parameters: [], call: (date) => date.fields.day },
  hour: { parameters: [], call: (date) => date.fields.hour },
  minute: { parameters: [], call: (date) => date.fields.minute },
  second: { parameters: [], call: (date) => date.fields.second },
};
