import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import { creditFor } from "./credit.ts";

describe("creditFor", () => {
  it("gives the poorest link the most", () => {
    const [rich, poor] = [{ granted: 6 }, { granted: 0 }];
    const extra = creditFor([rich, poor], { capacity: 10, held: 0, replicas: 2 });
    assert.equal(extra.get(poor), 4);
    assert.equal(extra.get(rich), undefined);
  });

  it("keeps the share of a replica that is not linked yet", () => {
    const first = { granted: 0 };
    const extra = creditFor([first], { capacity: 10, held: 0, replicas: 2 });
    assert.equal(extra.get(first), 5);
  });

  it("never grants more than the capacity leaves or a replica's share, and all of it where no link has more", () => {
    const links = fc.array(fc.nat(50), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(links, fc.nat(200), fc.nat(200), (grants, capacity, held) => {
        const holders = grants.map((granted) => ({ granted }));
        const replicas = holders.length;
        const extra = creditFor(holders, { capacity, held, replicas });
        const total = [...extra.values()].reduce((sum, credit) => sum + credit, 0);
        const free = capacity - held - grants.reduce((sum, granted) => sum + granted, 0);
        const share = Math.ceil(capacity / replicas);
        for (const [holder, credit] of extra) {
          assert.ok(credit > 0 && holder.granted + credit <= share);
        }
        assert.ok(total <= Math.max(0, free));
        if (grants.every((granted) => granted <= share)) {
          assert.equal(total, Math.max(0, free));
        }
      }),
    );
  });
});
