import type { Entry, MapNode, Node } from "../source/node.ts";
import { entryOf } from "../source/node.ts";
import { type Context, find } from "./context.ts";
import { DEAD_SECTIONS, SECTION_ALIASES } from "./grammar.ts";

/** The top-level mapping with its wrapper and older section names resolved (L15). */
export function canonicalRoot(context: Context, root: MapNode): MapNode {
  const body = unwrapped(context, root);
  const entries: Entry[] = [];
  for (const entry of body.entries) {
    const canonical = SECTION_ALIASES.get(entry.key);
    if (DEAD_SECTIONS.includes(entry.key)) {
      find(context, "unsupported_section", {
        where: { step: null, path: entry.key, offset: entry.keyStart },
        message: `the steps of ${entry.key} would never run; put them under steps`,
        suggestions: ["steps"],
      });
    } else if (canonical === undefined) {
      entries.push({ ...entry, value: namedValues(context, entry) });
    } else {
      aliasFound(context, entry, canonical);
    }
  }
  for (const entry of body.entries) {
    const canonical = SECTION_ALIASES.get(entry.key);
    if (canonical !== undefined) {
      const named = { ...entry, key: canonical };
      merge(entries, { ...named, value: namedValues(context, named) });
    }
  }
  return { ...body, entries };
}

function unwrapped(context: Context, root: MapNode): MapNode {
  const wrapper = entryOf(root, "pipeline");
  if (wrapper?.value.kind !== "map") {
    return root;
  }
  aliasFound(context, wrapper, "the top level");
  const inner = wrapper.value.entries;
  const outer = root.entries.filter(
    (entry) => entry !== wrapper && inner.every(({ key }) => key !== entry.key),
  );
  return { ...root, entries: [...outer, ...inner] };
}

function aliasFound(context: Context, { key, keyStart }: Entry, canonical: string): void {
  find(context, "alias", {
    where: { step: null, path: key, offset: keyStart },
    message: `${key} is read as ${canonical}`,
    suggestions: [canonical],
  });
}

/** `inputs` and `outputs` may be a list of `{name, …}` (L15). */
function namedValues(context: Context, entry: Entry): Node {
  const { key, value } = entry;
  if (!["inputs", "parameters", "outputs"].includes(key) || value.kind !== "list") {
    return value;
  }
  const entries: Entry[] = [];
  for (const item of value.items) {
    const name = item.kind === "map" ? entryOf(item, "name") : undefined;
    if (item.kind !== "map" || name?.value.kind !== "scalar") {
      find(context, "schema", {
        where: { step: null, path: key, offset: item.start },
        message: `an entry of the list ${key} is a mapping with a name`,
      });
      continue;
    }
    const rest = item.entries.filter((each) => each !== name);
    entries.push({
      key: String(name.value.value),
      keyStart: name.value.start,
      value: { ...item, entries: rest },
    });
  }
  aliasFound(context, entry, `the mapping ${key}`);
  return { kind: "map", start: value.start, entries };
}

/** Put a section under its canonical name; where both have mappings, canonical names win. */
function merge(entries: Entry[], added: Entry): void {
  const at = entries.findIndex(({ key }) => key === added.key);
  const present = entries[at];
  if (present === undefined) {
    entries.push(added);
    return;
  }
  if (present.value.kind === "map" && added.value.kind === "map") {
    const own = present.value.entries;
    const more = added.value.entries.filter(({ key }) => own.every((entry) => entry.key !== key));
    entries[at] = { ...present, value: { ...present.value, entries: [...own, ...more] } };
  }
}
