import { failed } from "../failure.ts";
import { charactersOf } from "./characters.ts";
import { DateTime } from "./date-time.ts";
import { isList, resolved, typeName } from "./kinds.ts";
import { ABSENT, type Value } from "./value.ts";

/** What iterating over a value gives: elements, characters, keys; nothing for absent (L2). */
export function elementsOf(value: Value): readonly Value[] {
  const used = resolved(value);
  if (isList(used)) return used;
  if (used === ABSENT) return [];
  if (typeof used === "string") return charactersOf(used);
  if (typeof used === "object" && used !== null && !(used instanceof DateTime)) {
    return Object.keys(used);
  }
  throw failed(`${typeName(used)} cannot be iterated over`);
}
