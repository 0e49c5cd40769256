import type { Holding } from "./assignment.ts";
import { keyOf } from "./run.ts";

/** What must be said to an executor so that both sides hold the same. */
export type Reconciliation = {
  /** It holds these, the database says that it does not. */
  readonly revoked: readonly Holding[];
  /** It never heard of these. */
  readonly missing: readonly Uint8Array[];
  /** Missing for the first time: they may be on their way to it. */
  readonly suspects: ReadonlySet<string>;
};

/**
 * Compares what a session holds by the database with what its executor holds.
 *
 * The executor's list is older than the database's: what it holds and the database does not was taken away. What it
 * lacks may have been on its way, so it counts as missing only when it was so at the last comparison too.
 */
export function reconcile({
  stored,
  held,
  isOnItsWay = () => false,
  suspects,
}: {
  readonly stored: readonly Holding[];
  readonly held: readonly Holding[];
  /** Whether it was just assigned, so that it is no wonder when the executor does not hold it yet. */
  readonly isOnItsWay?: (holding: Holding) => boolean;
  readonly suspects: ReadonlySet<string>;
}): Reconciliation {
  const storedKeys = new Set(stored.map(holdingKey));
  const heldKeys = new Set(held.map(holdingKey));
  const lacking = stored.filter(
    (holding) => !heldKeys.has(holdingKey(holding)) && !isOnItsWay(holding),
  );
  const isOld = (holding: Holding): boolean => suspects.has(holdingKey(holding));
  return {
    revoked: held.filter((holding) => !storedKeys.has(holdingKey(holding))),
    missing: lacking.filter(isOld).map(({ runId }) => runId),
    suspects: new Set(lacking.filter((holding) => !isOld(holding)).map(holdingKey)),
  };
}

function holdingKey({ runId, epoch }: Holding): string {
  return `${keyOf(runId)}/${epoch}`;
}
