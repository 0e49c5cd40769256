import { failed } from "../failure.ts";
import { characterCount } from "./characters.ts";
import { DateTime } from "./date-time.ts";
import { isList, isUndefined, resolved, typeName } from "./kinds.ts";
import type { Value } from "./value.ts";

/** Characters, elements or keys; nothing else has a length, but absent has 0 (L2, L72). */
export function lengthOf(value: Value): number {
  const used = resolved(value);
  if (typeof used === "string") return characterCount(used);
  if (isList(used)) return used.length;
  if (isUndefined(used)) return 0;
  if (typeof used === "object" && used !== null && !(used instanceof DateTime)) {
    return Object.keys(used).length;
  }
  throw failed(`${typeName(used)} has no length`);
}
