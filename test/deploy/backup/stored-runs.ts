import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import { Client } from "pg";

const COMPLETED = 4;
const POLL_MS = 250;

/** A run as its database has it. */
export type StoredRun = {
  readonly runId: string;
  readonly status: number;
  readonly lastSequence: number;
  readonly events: number;
};

/** Every run in a database. */
export async function storedRuns(url: string): Promise<readonly StoredRun[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<StoredRun>(
      `select run_id as "runId", status, last_seq::int as "lastSequence",
        (select count(*)::int from state.run_event where run_event.run_id = run.run_id) as events
      from state.run`,
    );
    return rows;
  } finally {
    await client.end();
  }
}

/** Wait until every run has ended well, with an event for each of its sequence numbers. */
export async function untilAllCompleted(url: string, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  let open = await openRuns(url);
  while (open.length > 0 && Date.now() < deadline) {
    await delay(POLL_MS);
    open = await openRuns(url);
  }
  assert.deepEqual(open, [], "runs that did not reach their end");
  for (const { runId, lastSequence, events } of await storedRuns(url)) {
    assert.equal(events, lastSequence, `events of ${runId}`);
  }
}

async function openRuns(url: string): Promise<readonly StoredRun[]> {
  return (await storedRuns(url)).filter(({ status }) => status !== COMPLETED);
}

/** Run a statement outside of any transaction. */
export async function administer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
