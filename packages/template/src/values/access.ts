import { TemplateFailure } from "../failure.ts";
import { characterAt } from "./characters.ts";
import { DateTime } from "./date-time.ts";
import { isList, isView, resolved } from "./kinds.ts";
import { ABSENT, type Mapping, MISSING, type Value } from "./value.ts";

/**
 * Reads a key, field or index (L65): own keys of mappings only, so nothing of the host is in reach; what does not exist is
 * missing, and both kinds of undefined go on through it (L1).
 */
export function read(target: Value, key: string | number): Value {
  if (typeof target === "symbol" || target === null) return target === ABSENT ? ABSENT : MISSING;
  if (typeof key === "string" && key.startsWith("_")) throw forbidden(key);
  if (isView(target)) return readView(target, key);
  if (typeof target === "string") return readIndex(key, (index) => characterAt(target, index));
  return typeof target === "object" ? readObject(target, key) : MISSING;
}

function readObject(target: DateTime | readonly Value[] | Mapping, key: string | number): Value {
  if (isList(target)) return readIndex(key, (index) => target.at(index));
  if (target instanceof DateTime) return readDate(target, key);
  const name = typeof key === "string" ? key : String(key);
  return Object.hasOwn(target, name) ? present(target[name]) : MISSING;
}

function readView(view: Extract<Value, { kind: "view" }>, key: string | number): Value {
  return typeof key === "string" ? view.field(key) : read(resolved(view), key);
}

function readIndex(key: string | number, at: (index: number) => Value | undefined): Value {
  return typeof key === "number" && Number.isInteger(key) ? present(at(key)) : MISSING;
}

function present(value: Value | undefined): Value {
  return value === undefined ? MISSING : value;
}

function readDate(date: DateTime, key: string | number): Value {
  switch (key) {
    case "year":
    case "month":
    case "day":
    case "hour":
    case "minute":
    case "second":
      return date.fields[key];
    default:
      return MISSING;
  }
}

/** L59: reached through computed data. */
function forbidden(key: string): TemplateFailure {
  return new TemplateFailure(
    "TEMPLATE_SECURITY",
    `"${key}": names and attributes that start with "_" cannot be reached`,
  );
}

/** Reads a dotted path, as `attribute=` arguments write it: numbers in it are indexes. */
export function readPath(target: Value, path: string): Value {
  let value = target;
  for (const key of path.split(".")) value = read(value, /^\d+$/.test(key) ? Number(key) : key);
  return value;
}
