import { isRecord } from "./chat-request.ts";

/** Makes a value that fits a JSON Schema, the same one for the same seed. */
export function instanceOf(schema: unknown, seed: number): unknown {
  return build({ root: schema, seed, depth: 0, name: "value" }, schema);
}

type Site = {
  readonly root: unknown;
  readonly seed: number;
  readonly depth: number;
  /** The property that is filled. */
  readonly name: string;
};

/** Below this, optional parts are left out, so that a schema that refers to itself ends. */
const MAX_DEPTH = 6;

function build(site: Site, schema: unknown): unknown {
  if (!isRecord(schema) || site.depth > 4 * MAX_DEPTH) return textFor(site, {});
  if (typeof schema["$ref"] === "string") {
    return build(deeper(site, site.name), resolve(site.root, schema["$ref"]));
  }
  if ("const" in schema) return schema["const"];
  if (Array.isArray(schema["enum"]) && schema["enum"].length > 0) {
    return schema["enum"][site.seed % schema["enum"].length];
  }
  if (Array.isArray(schema["allOf"])) return build(site, merged(schema));
  const alternatives = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(alternatives) && alternatives.length > 0) {
    return build(deeper(site, site.name), alternatives[0]);
  }
  return buildTyped(site, schema);
}

function buildTyped(site: Site, schema: Record<string, unknown>): unknown {
  switch (typeOf(schema)) {
    case "object":
      return objectFor(site, schema);
    case "array":
      return arrayFor(site, schema);
    case "integer":
      return numberFor(site, schema, 1);
    case "number":
      return numberFor(site, schema, 0.5);
    case "boolean":
      return site.seed % 2 === 0;
    case "null":
      return null;
    case undefined:
    case "string":
      return textFor(site, schema);
    default:
      return textFor(site, schema);
  }
}

function typeOf(schema: Record<string, unknown>): unknown {
  const { type } = schema;
  if (Array.isArray(type)) return type.find((one) => one !== "null") ?? "null";
  if (type !== undefined) return type;
  if ("properties" in schema || "required" in schema) return "object";
  if ("items" in schema || "prefixItems" in schema) return "array";
  return undefined;
}

function objectFor(site: Site, schema: Record<string, unknown>): unknown {
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  const names = Object.keys(properties).filter(
    (name) => site.depth < MAX_DEPTH || required.has(name),
  );
  const undeclared = [...required].filter(
    (name): name is string => typeof name === "string" && !(name in properties),
  );
  return Object.fromEntries(
    [...names, ...undeclared].map((name) => [name, build(deeper(site, name), properties[name])]),
  );
}

function arrayFor(site: Site, schema: Record<string, unknown>): unknown {
  const least = numberOr(schema["minItems"], 0);
  const most = numberOr(schema["maxItems"], Math.max(least, 2));
  const length = site.depth >= MAX_DEPTH ? least : Math.max(least, Math.min(most, 2));
  const prefix = Array.isArray(schema["prefixItems"]) ? schema["prefixItems"] : [];
  return Array.from({ length: Math.max(length, prefix.length) }, (_, index) =>
    build(
      { ...deeper(site, site.name), seed: site.seed + index },
      prefix[index] ?? schema["items"],
    ),
  );
}

function numberFor(site: Site, schema: Record<string, unknown>, step: number): number {
  const multiple = numberOr(schema["multipleOf"], step);
  const least =
    typeof schema["exclusiveMinimum"] === "number"
      ? schema["exclusiveMinimum"] + multiple
      : numberOr(schema["minimum"], Math.min(0, numberOr(schema["maximum"], 0)));
  const most =
    typeof schema["exclusiveMaximum"] === "number"
      ? schema["exclusiveMaximum"] - multiple
      : numberOr(schema["maximum"], least + 100 * multiple);
  const first = Math.ceil(least / multiple);
  const steps = Math.max(0, Math.floor(most / multiple) - first);
  const value = (first + (site.seed % (steps + 1))) * multiple;
  return value >= least && value <= most ? value : least;
}

const FORMATS: Readonly<Record<string, string>> = {
  "date-time": "2026-01-15T09:30:00Z",
  date: "2026-01-15",
  time: "09:30:00Z",
  email: "reader@example.com",
  uri: "https://example.com/page",
  url: "https://example.com/page",
  uuid: "018f4e5a-7c1d-7a3e-9b2f-4c5d6e7f8091",
  ipv4: "192.0.2.1",
  hostname: "example.com",
};

function textFor(site: Site, schema: Record<string, unknown>): string {
  const format = FORMATS[String(schema["format"])];
  if (format !== undefined) return format;
  const text = `${site.name.replaceAll(/[_-]+/g, " ")} ${(site.seed % 97) + 1}`;
  const least = numberOr(schema["minLength"], 0);
  const most = numberOr(schema["maxLength"], 10_000);
  return text.padEnd(least, ".").slice(0, most);
}

function merged(schema: Record<string, unknown>): Record<string, unknown> {
  const { allOf, ...rest } = schema;
  const parts: Record<string, unknown>[] = Array.isArray(allOf)
    ? allOf.filter((part) => isRecord(part))
    : [];
  const all = [...parts, rest];
  return {
    ...Object.assign({}, ...all),
    properties: Object.assign({}, ...all.map((part) => part["properties"] ?? {})),
    required: all.flatMap((part) => (Array.isArray(part["required"]) ? part["required"] : [])),
  };
}

function resolve(root: unknown, ref: string): unknown {
  if (!ref.startsWith("#")) return {};
  return ref
    .slice(1)
    .split("/")
    .filter((part) => part !== "")
    .reduce<unknown>(
      (at, part) =>
        isRecord(at) ? at[part.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined,
      root,
    );
}

function deeper(site: Site, name: string): Site {
  return {
    ...site,
    depth: site.depth + 1,
    name,
    seed: (site.seed * 31 + name.length) % 2_147_483_647,
  };
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === "number" ? value : fallback;
}
