import { setTimeout as delay } from "node:timers/promises";

import type { Connection } from "./connection.ts";
import type { Operation } from "./operation.ts";
import type { Stage } from "./stage.ts";
import type { World } from "./world.ts";

/** An operation whose reply is lost. */
export type LostReply = {
  readonly world: World;
  readonly operation: Operation;
  /** The connection that is cut. */
  readonly connection: Connection;
  /** The statement of the operation, or the COMMIT after it. */
  readonly during: "statement" | "commit";
  readonly afterMs: number;
};

/** What came of it. */
export type LostReplyVerdict = {
  readonly violations: readonly string[];
  /** The first was committed although nobody heard of it. */
  readonly wasCommitted: boolean;
};

/**
 * Cuts the connection while a statement or its COMMIT is in doubt, and sends the same again over another, as the lanes
 * do. Whatever became of the first, it must be there once, and whoever sent it must learn that it is.
 */
export async function playLostReply(
  stage: Stage,
  { world, operation, connection, during, afterMs }: LostReply,
): Promise<LostReplyVerdict> {
  const rehearsal = await stage.reset(world);
  await stage.playAlone(rehearsal, operation);
  await stage.reset(world);
  await connection.command("begin");
  const statement = operation.perform(connection);
  if (during === "commit") await statement;
  const inDoubt = during === "commit" ? connection.command("commit") : statement;
  const lost = Promise.allSettled([inDoubt]);
  if (afterMs > 0) await delay(afterMs);
  connection.cut();

  const again = stage.player(0);
  const effects = await operation.perform(again);
  await lost;
  const done = new Set(effects.map(({ key }) => key));
  const refused = operation.keys(world).filter((key) => !done.has(key));
  const answers = refused.length > 0 ? await operation.look?.(again, refused) : undefined;
  const unrecognised = [...(answers ?? [])]
    .filter(([, answer]) => !RECOGNISED.test(answer))
    .map(([key, answer]) => `${operation.name} on ${key}, sent again, was told "${answer}"`);
  const differing = await stage.differencesAfter(connection, rehearsal.world);
  return {
    violations: [...rehearsal.violations, ...unrecognised, ...differing],
    wasCommitted: effects.length === 0,
  };
}

/** What the service takes for "it is there already". */
const RECOGNISED = /^(duplicate|repeated|\d+ made [0-9a-f]{32})$/;
