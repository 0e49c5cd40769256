import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";

import { createRunIdSource } from "./run-id-source.ts";
import { runIdText } from "./run.ts";

describe("the source of run ids", () => {
  it("makes UUIDv7 of the given time and cell", () => {
    const next = createRunIdSource({ nowMs: () => 1_700_000_000_123.9, randomBytes, cell: 513 });
    const id = Buffer.from(next());
    assert.equal(id.readUIntBE(0, 6), 1_700_000_000_123);
    assert.match(
      runIdText(id),
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{8}0201$/,
    );
  });

  it("makes ids that grow, whatever the clock does", () => {
    let nowMs = 1_000;
    const next = createRunIdSource({ nowMs: () => nowMs, randomBytes, cell: 0 });
    const ids: Buffer[] = [];
    for (let i = 0; i < 10_000; i++) {
      if (i === 5_000) nowMs = 500;
      if (i === 6_000) nowMs = 1_002;
      ids.push(Buffer.from(next()));
    }
    assert.ok(ids.every((id, i) => i === 0 || Buffer.compare(ids[i - 1] ?? id, id) < 0));
    assert.equal(new Set(ids.map((id) => id.toString("hex"))).size, ids.length);
  });
});
