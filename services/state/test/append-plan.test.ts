import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type Lane, none, type Statement, text } from "@orchestrator/postgres";
import { testDatabases } from "@orchestrator/postgres/testing";

import { MIGRATIONS } from "../src/migrations.ts";
import { APPEND } from "../src/sql/append.ts";
import { LANE_SETTINGS } from "../src/sql/lane-settings.ts";

const TYPES =
  "uuid[], int8[], int4[], int4[], int4[], int2[], int4[], int8[], uuid[], int8[], int4[], int2[], int2[], int2[], int2[], text[], bytea[]";

// An embedded database shares one connection, so its lanes have no settings of their own to plan by.
for (const driver of testDatabases().filter(({ name }) => name === "PostgreSQL")) {
  describe(`the plan of an append on ${driver.name}`, () => {
    it("locks runs in the order of the arrays: function scan, nested loop, run_pkey", async () => {
      const plan = await planOn(driver);
      const update = plan.slice(plan.findIndex((line) => line.includes("Update on run r")));
      assert.match(update[1] ?? "", /Nested Loop/);
      assert.match(update[2] ?? "", /CTE Scan on a\b/);
      assert.match(update[3] ?? "", /Index Scan using run_pkey on run r/);
      assert.ok(plan.some((line) => /Function Scan on a/.test(line)));
    });

    it("has no loop over both arrays, and no scan of a table or of the index of held runs", async () => {
      const plan = (await planOn(driver)).join("\n");
      assert.doesNotMatch(plan, /Seq Scan on run|run_held|Hash Join|Merge Join/);
      assert.match(plan, /hashed SubPlan/);
      assert.equal(plan.match(/Nested Loop/g)?.length, 1);
    });
  });
}

async function planOn(
  driver: ReturnType<typeof testDatabases>[number],
): Promise<readonly string[]> {
  await using database = await driver.open([MIGRATIONS]);
  await using lane: Lane = database.db.openLane({ settings: LANE_SETTINGS });
  await lane.query(statement("prepare_append", `prepare a (${TYPES}) as ${APPEND.text}`, none));
  const nulls = TYPES.split(",").map(() => "null");
  const explain = `explain (costs off) execute a (${nulls.join(", ")})`;
  return await lane.query(statement("explain_append", explain, ([line]) => text(line)));
}

function statement<R>(name: string, sql: string, row: Statement<R>["row"]): Statement<R> {
  return { name, text: sql, row };
}
