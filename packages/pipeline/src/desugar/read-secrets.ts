import { LIMITS } from "../limits.ts";
import { wordOf } from "../source/node.ts";
import { type Context, find } from "./context.ts";
import { isName } from "./names.ts";
import type { Keys } from "./read-keys.ts";
import { wrongShape } from "./values.ts";

/** The names under top-level `secrets`: a list, or a mapping whose values only describe them. */
export function declaredSecrets(context: Context, keys: Keys): readonly string[] {
  const entry = keys.get("secrets");
  if (entry === undefined || (entry.value.kind === "scalar" && entry.value.value === null)) {
    return [];
  }
  const place = { step: null, path: "secrets" };
  const { value } = entry;
  if (value.kind === "scalar") {
    wrongShape(context, { entry, where: { ...place, offset: entry.keyStart } }, "a list of names");
    return [];
  }
  const named =
    value.kind === "map"
      ? value.entries.map(({ key, keyStart }) => ({ name: key, offset: keyStart }))
      : value.items.map((item) => ({ name: wordOf(item) ?? "", offset: item.start }));
  const wrong = named.find(({ name }) => !isName(name));
  if (wrong !== undefined) {
    find(context, "schema", {
      where: { ...place, offset: wrong.offset },
      message: `${JSON.stringify(wrong.name)} is no name of a secret: a letter, then letters, digits, _ and -, at most 128`,
    });
  }
  if (named.length > LIMITS.secrets) {
    find(context, "limit", {
      where: { ...place, offset: entry.keyStart },
      message: `a document names at most ${LIMITS.secrets} secrets; this one names ${named.length}`,
    });
  }
  return [...new Set(named.map(({ name }) => name))].toSorted();
}
