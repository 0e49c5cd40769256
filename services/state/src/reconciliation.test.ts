import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { reconcile } from "./reconciliation.ts";

describe("reconciling what a session holds", () => {
  it("revokes at once what the database gave to somebody else, or under another epoch", () => {
    const { revoked } = reconcile({
      stored: [holding(1, 2), holding(3, 1)],
      held: [holding(1, 1), holding(2, 1), holding(3, 1)],
      suspects: new Set(),
    });
    assert.deepEqual(revoked, [holding(1, 1), holding(2, 1)]);
  });

  it("calls a run missing only when it was so the last time too, since it may have been on its way", () => {
    const stored = [holding(1, 1), holding(2, 1)];
    const first = reconcile({ stored, held: [holding(2, 1)], suspects: new Set() });
    assert.deepEqual(first.missing, []);
    const second = reconcile({ stored, held: [holding(2, 1)], suspects: first.suspects });
    assert.deepEqual(second.missing, [holding(1, 1).runId]);
    const taken = reconcile({ stored, held: stored, suspects: first.suspects });
    assert.deepEqual([taken.missing, taken.revoked], [[], []]);
  });
});

function holding(run: number, epoch: number) {
  return { runId: Buffer.alloc(16, run), epoch };
}
