import { durationMs } from "../duration.ts";
import type { Entry, ListNode, MapNode, Node } from "../source/node.ts";
import { wordOf } from "../source/node.ts";
import { type Context, find, findLater, type Where } from "./context.ts";

/** A key's entry with where it stands. */
export type Placed = { readonly entry: Entry; readonly where: Where };

/** Report a value whose shape is not what its key takes. */
export function wrongShape(context: Context, placed: Placed, expected: string): undefined {
  find(context, "schema", {
    where: { ...placed.where, offset: placed.entry.value.start },
    message: `${placed.entry.key} must be ${expected}`,
  });
  return undefined;
}

/** A text; templates are not rendered here. */
export function textValue(context: Context, placed: Placed): string | undefined {
  const { value } = placed.entry;
  if (value.kind !== "scalar") {
    return wrongShape(context, placed, "a text");
  }
  return value.value === null ? undefined : String(value.value);
}

const TRUE_WORDS = new Set(["true", "yes", "on", "1"]);
const FALSE_WORDS = new Set(["false", "no", "off", "0"]);

/** A boolean, or a word that reads as one (L8, L10). */
export function booleanOf(node: Node): boolean | undefined {
  const word = wordOf(node)?.toLowerCase() ?? "";
  if (TRUE_WORDS.has(word)) {
    return true;
  }
  return FALSE_WORDS.has(word) ? false : undefined;
}

/** A boolean, or a word that reads as one; anything else is a finding. */
export function booleanValue(context: Context, placed: Placed): boolean | undefined {
  if (isRendered(context, placed)) {
    return undefined;
  }
  return booleanOf(placed.entry.value) ?? wrongShape(context, placed, "true or false");
}

/** A number within bounds; outside of them is error `limit`. */
export function numberValue(
  context: Context,
  placed: Placed,
  { min, max, integer = false }: { min?: number; max?: number; integer?: boolean } = {},
): number | undefined {
  if (isRendered(context, placed)) {
    return undefined;
  }
  const value = numberOf(placed.entry.value);
  if (value === undefined || (integer && !Number.isInteger(value))) {
    return wrongShape(context, placed, integer ? "an integer" : "a number");
  }
  if (min !== undefined && value < min) {
    return wrongShape(context, placed, `at least ${min}`);
  }
  return max !== undefined && value > max ? beyond(context, placed, String(max)) : value;
}

/** The number of a scalar, or of text that reads exactly as one. */
export function numberOf(node: Node): number | undefined {
  if (node.kind !== "scalar" || typeof node.value === "boolean") {
    return undefined;
  }
  const word = wordOf(node) ?? "";
  const value = Number(word);
  return word === "" || !Number.isFinite(value) ? undefined : value;
}

/** A duration in milliseconds (L6). */
export function durationValue(
  context: Context,
  placed: Placed,
  { min = 1, max }: { min?: number; max: number },
): number | undefined {
  if (isRendered(context, placed)) {
    return undefined;
  }
  const { value } = placed.entry;
  const ms = value.kind === "scalar" ? durationMs(value.value) : undefined;
  if (ms === undefined) {
    return wrongShape(
      context,
      placed,
      "a duration: seconds, or text such as 500ms, 2s, 1h30m or PT5M",
    );
  }
  if (ms < min) {
    return wrongShape(
      context,
      placed,
      min === 1 ? "longer than nothing" : `at least ${min / 1000}s`,
    );
  }
  return ms > max ? beyond(context, placed, `${max / 1000}s`) : ms;
}

function beyond(context: Context, { entry, where }: Placed, bound: string): undefined {
  find(context, "limit", {
    where: { ...where, offset: entry.value.start },
    message: `${entry.key} is beyond its limit of ${bound}`,
  });
  return undefined;
}

/** A mapping. */
export function mapValue(context: Context, placed: Placed): MapNode | undefined {
  const { value } = placed.entry;
  if (value.kind === "map") {
    return value;
  }
  return wordOf(value) === undefined && value.kind === "scalar"
    ? undefined
    : wrongShape(context, placed, "a mapping");
}

/** A list. */
export function listValue(context: Context, placed: Placed): ListNode | undefined {
  const { value } = placed.entry;
  return value.kind === "list" ? value : wrongShape(context, placed, "a list");
}

/** A template or an AUTO where this build takes what is written: its rule is named. */
function isRendered(context: Context, { entry, where }: Placed): boolean {
  const { value } = entry;
  const at = { ...where, offset: value.start };
  if (value.kind === "scalar" && value.autos.length > 0) {
    findLater(context, `<AUTO> in ${entry.key}`, { where: at, rule: "L125" });
    return true;
  }
  if (value.kind === "scalar" && typeof value.value === "string" && value.value.includes("{{")) {
    findLater(context, `a template in ${entry.key}`, { where: at, rule: "L41" });
    return true;
  }
  return false;
}
