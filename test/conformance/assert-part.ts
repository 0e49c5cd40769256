import assert from "node:assert/strict";

/** Every fact of `part` is in `whole`; a list is compared item by item, and as long. */
export function assertPart(whole: unknown, part: unknown, path: string): void {
  if (typeof part !== "object" || part === null) {
    assert.deepEqual(whole, part, path);
    return;
  }
  assert.ok(typeof whole === "object" && whole !== null, `${path} is missing`);
  if (Array.isArray(part)) {
    assert.ok(
      Array.isArray(whole) && whole.length === part.length,
      `${path}: ${JSON.stringify(whole)}`,
    );
  }
  const facts = new Map<string, unknown>(Object.entries(whole));
  for (const [key, value] of Object.entries(part)) {
    assertPart(facts.get(key), value, `${path}.${key}`);
  }
}
