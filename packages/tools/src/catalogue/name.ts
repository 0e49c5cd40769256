/** Whether two names are one: trimmed, without case, `_` as `-` (L182). */
export function isSameName(a: string, b: string): boolean {
  return normalName(a) === normalName(b);
}

/** The form in which names of tools, actions and operations are compared (L182). */
export function normalName(name: string): string {
  return name.trim().toLowerCase().replaceAll("_", "-");
}
