import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import { creditFor } from "./credit.ts";

describe("creditFor", () => {
  it("gives the poorest link the most", () => {
    const [rich, poor] = [{ granted: 6 }, { granted: 0 }];
    const extra = creditFor([rich, poor], { capacity: 10, held: 0 });
    assert.equal(extra.get(poor), 4);
    assert.equal(extra.get(rich), undefined);
  });

  it("never grants more than the capacity leaves, and grants all of it where links are level", () => {
    const links = fc.array(fc.nat(50), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(links, fc.nat(200), fc.nat(200), (grants, capacity, held) => {
        const holders = grants.map((granted) => ({ granted }));
        const extra = [...creditFor(holders, { capacity, held }).values()];
        const total = extra.reduce((sum, credit) => sum + credit, 0);
        const free = capacity - held - grants.reduce((sum, granted) => sum + granted, 0);
        assert.ok(extra.every((credit) => credit > 0));
        assert.equal(total, Math.max(0, free));
      }),
    );
  });
});
