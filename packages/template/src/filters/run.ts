import type { FilterDefinition, Filters } from "../call-context.ts";
import type { Value } from "../values/value.ts";

/** The file functions with the path as input (L72). */
export const RUN_FILTERS: Filters = {
  include_file: asked("include_file"),
  file_exists: asked("file_exists"),
};

function asked(name: string): FilterDefinition {
  return {
    parameters: ["base"],
    impure: true,
    apply: (input, args, context) => {
      const base = args.raw(0);
      const values: readonly Value[] = base === undefined ? [input] : [input, base];
      return context.use(context.callHost(name, values));
    },
  };
}
