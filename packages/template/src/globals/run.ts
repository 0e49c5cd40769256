import type { GlobalDefinition } from "../call-context.ts";
import type { Signature } from "../signature.ts";
import { MISSING, type Value } from "../values/value.ts";

/** The functions whose value only the run knows (L74); they are called when the field is rendered. */
export const RUN_GLOBALS: Readonly<Record<string, GlobalDefinition>> = {
  now: { parameters: [], impure: true, call: (_, context) => context.now() },
  file_exists: asked("file_exists", { parameters: ["path", "base"], required: 1 }),
  include_file: asked("include_file", { parameters: ["path", "base"], required: 1 }),
  loop_var: asked("loop_var", { parameters: ["loop", "name"], required: 2 }),
  loop_item_at: asked("loop_item_at", { parameters: ["loop", "i"], required: 2 }),
  current_loop_name: asked("current_loop_name", { parameters: [] }),
  active_loops: asked("active_loops", { parameters: [] }),
  historical_loops: asked("historical_loops", { parameters: [] }),
};

function asked(name: string, signature: Signature): GlobalDefinition {
  return {
    ...signature,
    impure: true,
    call: (args, context) => {
      const given = signature.parameters.map((_, index) => args.raw(index));
      const values = given.filter((value): value is Value => value !== undefined);
      const result = context.callHost(
        name,
        values.map((value) => context.use(value)),
      );
      return result === MISSING ? context.use(result) : result;
    },
  };
}
