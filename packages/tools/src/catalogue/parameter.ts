import type { FieldType, ParameterSpec, ResultSpec } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

/** A type by the word for it, or an enumeration by its values. */
type TypeWord = Exclude<FieldType, { kind: "enum" }>["kind"] | readonly string[];

type Extras = { readonly aliases?: readonly string[]; readonly default?: Json };

/** A parameter that must be given. */
export function required(
  name: string,
  type: TypeWord,
  { description, aliases = [] }: Extras & { readonly description: string },
): ParameterSpec {
  return { name, aliases, type: fieldType(type), required: true, description };
}

/** A parameter that may be left out. */
export function optional(
  name: string,
  type: TypeWord,
  { description, aliases = [], ...rest }: Extras & { readonly description: string },
): ParameterSpec {
  return { name, aliases, type: fieldType(type), required: false, description, ...rest };
}

/** An object result with these fields, by name and description. */
export function fields(descriptions: Readonly<Record<string, string>>): ResultSpec {
  return { kind: "object", open: false, fields: named(descriptions) };
}

/** An object result with these fields, and others that depend on the call. */
export function openFields(descriptions: Readonly<Record<string, string>>): ResultSpec {
  return { kind: "object", open: true, fields: named(descriptions) };
}

function named(
  descriptions: Readonly<Record<string, string>>,
): { readonly name: string; readonly description: string }[] {
  return Object.entries(descriptions).map(([name, description]) => ({ name, description }));
}

function fieldType(type: TypeWord): FieldType {
  return typeof type === "string" ? { kind: type } : { kind: "enum", values: type };
}
