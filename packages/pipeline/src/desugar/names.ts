import { ROOT_NAMES } from "../root-names.ts";
import { type Context, find, type Where } from "./context.ts";
import type { ContainerForm } from "./core.ts";

/** Names that are always bound (L68), those of handlers and secrets too. */
export const FIXED_NAMES: ReadonlySet<string> = new Set([...ROOT_NAMES, "error", "secrets", "env"]);

/** Names that each form of loop binds in its body (L115), beside its own id and names. */
export const BOUND_NAMES: Readonly<Record<Exclude<ContainerForm, "parallel">, readonly string[]>> =
  {
    for_each: words(
      "item index position length remaining is_first is_last has_next has_prev loop_id loop_name loop",
    ),
    repeat: words("iteration index position is_first loop_id loop_name loop_state loop"),
    action_loop: words("iteration is_first loop_id has_previous total_duration termination_reason"),
    queue: words("item index is_first is_last queue queue_size parallel_queue_id parent_task"),
  };

/** Names that a loop's `while` and `until` see of it (L115). */
export const VERDICT_NAMES: readonly string[] = ["iteration", "loop_state"];

/** Names that loops bind in their bodies (L112, L115). */
export const LOOP_NAMES: ReadonlySet<string> = new Set([
  ...Object.values(BOUND_NAMES).flat(),
  "previous",
]);

function words(text: string): readonly string[] {
  return text.split(" ");
}

const POLICIES = new Set(["fail", "continue", "skip", "retry"]);
const KEYWORDS = new Set("and or not in is if else elif for true false none null".split(" "));
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/;

/** Whether a text may be an id or a name (L16). */
export function isName(text: string): boolean {
  return NAME.test(text);
}

/** Check an id or a name against the form that all have; says whether it is one. */
export function checkName(context: Context, name: string, where: Where): boolean {
  if (isName(name)) {
    return true;
  }
  find(context, "schema", {
    where,
    message: `${JSON.stringify(name)} is no name: a letter, then letters, digits, _ and -, at most 128`,
  });
  return false;
}

/** Why no step may have this id (L16); `undefined` when one may. */
export function reservedReason(id: string): string | undefined {
  if (POLICIES.has(id)) {
    return "a policy word";
  }
  if (KEYWORDS.has(id.toLowerCase())) {
    return "a keyword of expressions";
  }
  if (FIXED_NAMES.has(id)) {
    return "a name that is always bound";
  }
  // `previous` is bound in loops, but by §9.1, so that a step may be called that.
  return LOOP_NAMES.has(id) && id !== "previous" ? "a name that loops bind" : undefined;
}

/** The slug of a text, as an id. */
export function slugOf(text: string): string {
  const slug = text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[^a-z]+|-+$/g, "")
    .slice(0, 128);
  return slug === "" ? "pipeline" : slug;
}
