import type { Judge } from "./judge.ts";
import type { Operation } from "./operation.ts";
import { claim, takeOver } from "./operations/assigning.ts";
import { settle } from "./operations/sessions.ts";
import { pausing } from "./pausing.ts";
import type { Running, Stage } from "./stage.ts";
import type { World } from "./world.ts";

/**
 * How two operations meet. `serial`: the second begins after the first has committed. `held`: it begins while the
 * first is open; if it waits the first commits, else it commits before the first does. `undone`: the first rolls back,
 * while the second waits. `stale`: the second commits between the snapshot of the first and its locks. `queued`: both
 * come while a third holds one of the rows that both lock.
 */
export const MODES = ["serial", "held", "undone", "stale", "queued"] as const;

export type Mode = (typeof MODES)[number];

/** Two operations on one world. */
export type Pair = { readonly first: Operation; readonly second: Operation; readonly mode: Mode };

/** What came of a pair. */
export type PairVerdict = { readonly waited: boolean; readonly violations: readonly string[] };

/** A session that every world has, live, and that no pair is about: it takes up what they leave. */
export const RESCUER = 3;

/** Plays a pair, then what the mesh does afterwards: both are sent again, dead sessions are swept, what is ready is claimed. */
export async function playPair(
  stage: Stage,
  world: World,
  { first, second, mode }: Pair,
): Promise<PairVerdict> {
  const judge = await stage.reset(world);
  const waited = await meet(stage, judge, { first, second, mode });
  // What is sent again must be recognised; `serial` has this as a pair of its own.
  for (const operation of mode === "serial" ? [] : [first, second]) {
    if (operation.look !== undefined) await stage.playAlone(judge, operation);
  }
  await sweep(stage, judge);
  return { waited, violations: await stage.verdict(judge, world) };
}

/** What the mesh does in the end, where there is something to do: nobody keeps what he cannot use. */
export async function sweep(stage: Stage, judge: Judge): Promise<void> {
  const isDead = [...judge.world.sessions.values()].some(({ state }) => state === "dead");
  for (const operation of isDead ? [takeOver(), settle()] : []) {
    await stage.playAlone(judge, operation);
  }
  await stage.playAlone(judge, claim(RESCUER));
}

/** Whether the second waited for the first. */
async function meet(stage: Stage, judge: Judge, { first, second, mode }: Pair): Promise<boolean> {
  switch (mode) {
    case "serial":
      await stage.playAlone(judge, first);
      await stage.playAlone(judge, second);
      return false;
    case "stale":
      return meetPaused(stage, judge, { first, second });
    case "queued":
      return meetQueued(stage, judge, { first, second });
    case "held":
    case "undone":
      return meetOpen(stage, judge, { first, second, mode });
  }
}

async function meetOpen(
  stage: Stage,
  judge: Judge,
  { first, second, mode }: Pair,
): Promise<boolean> {
  const one = await stage.start(judge, { operation: first, connection: stage.player(1) });
  judge.finish(one.pending, await one.effects);
  const other = await stage.start(judge, { operation: second, connection: stage.player(2) });
  const waited = await stage.isWaiting(judge, other);
  if (!waited) await finish(stage, judge, other);
  await (mode === "undone" ? stage.rollBack(judge, one) : stage.commit(judge, one));
  if (waited) await finish(stage, judge, other);
  return waited;
}

async function meetPaused(
  stage: Stage,
  judge: Judge,
  { first, second }: Omit<Pair, "mode">,
): Promise<boolean> {
  const release = await stage.holdPause();
  const connection = stage.player(1);
  const one = await stage.start(judge, {
    operation: { ...first, neverWaits: false },
    connection,
    sql: connection.altered(pausing),
  });
  let other: Running | undefined;
  let waited = false;
  try {
    await stage.isWaiting(judge, one);
    other = await stage.start(judge, { operation: second, connection: stage.player(2) });
    waited = await stage.isWaiting(judge, other);
    if (!waited) await finish(stage, judge, other);
  } finally {
    await release();
  }
  await finish(stage, judge, one);
  if (waited) await finish(stage, judge, other);
  return waited;
}

/** Whoever is through commits, so that the other can go on: who locks in another order than all waits for ever. */
async function meetQueued(
  stage: Stage,
  judge: Judge,
  { first, second }: Omit<Pair, "mode">,
): Promise<boolean> {
  const release = await stage.holdSecond(first.locks ?? "runs");
  const one = await stage.start(judge, { operation: first, connection: stage.player(1) });
  const oneWaits = await stage.isWaiting(judge, one);
  const other = await stage.start(judge, { operation: second, connection: stage.player(2) });
  const otherWaits = await stage.isWaiting(judge, other);
  await release();
  const open = new Set([one, other]);
  while (open.size > 0) {
    for (const running of open) {
      if (await stage.isWaiting(judge, running)) continue;
      await finish(stage, judge, running);
      open.delete(running);
    }
  }
  return oneWaits && otherWaits;
}

async function finish(stage: Stage, judge: Judge, running: Running): Promise<void> {
  judge.finish(running.pending, await running.effects);
  await stage.commit(judge, running);
}
