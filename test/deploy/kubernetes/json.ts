/** Fields of a document that nobody has looked at yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as fields; none where it is something else. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** Whether a value has fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as a list; an empty one where it is something else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value as a text; an empty one where it is something else. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** What is at a path such as `spec.template.spec`, whose keys have no dots. */
export function at(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (inner, key) => (Array.isArray(inner) ? inner[Number(key)] : fieldsOf(inner)[key]),
      value,
    );
}
