import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

import { substitute } from "./substitute.ts";

describe("substitute", () => {
  const folder = mkdtempSync(join(tmpdir(), "substitute-"));
  const file = join(folder, "url");
  writeFileSync(file, "redis://a:6379\n");
  after(() => rmSync(folder, { recursive: true }));

  it("takes a variable from the file that its twin names, where it is not set itself", () => {
    const env = { REDIS_URL_FILE: file };
    const text = (form: string, more: Record<string, string> = {}) =>
      substitute(form, { ...env, ...more });
    assert.deepEqual(text("${REDIS_URL:?needed}"), { kind: "text", text: "redis://a:6379" });
    assert.deepEqual(text("${REDIS_URL:-none}"), { kind: "text", text: "redis://a:6379" });
    assert.deepEqual(text("<${REDIS_URL}>", { REDIS_URL: "b" }), { kind: "text", text: "<b>" });
  });

  it("says which file cannot be read", () => {
    const lost = substitute("${REDIS_URL}", { REDIS_URL_FILE: join(folder, "nowhere") });
    assert.match(lost.kind === "problem" ? lost.message : "", /^REDIS_URL_FILE: ENOENT/);
  });

  it("says what is missing where there is neither", () => {
    assert.deepEqual(substitute("${REDIS_URL:?a mesh needs it}", { REDIS_URL_FILE: "" }), {
      kind: "problem",
      message: "REDIS_URL is not set: a mesh needs it",
    });
  });
});
