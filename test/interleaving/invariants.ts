import { hasEnded, STATUS, statusFrom } from "../../services/state/src/run.ts";
import type { Committed } from "./judge.ts";
import type { Fact } from "./operation.ts";
import type { Rows } from "./store.ts";
import type { World } from "./world.ts";

/** A run may be taken from its holder so often without having come further. */
const MAX_TAKEOVERS = 2;

/**
 * What must hold whatever the model says: judged from the order of the commits, from what their statements answered,
 * and from the tables.
 */
export function brokenInvariants(
  start: World,
  { committed, rows }: { committed: readonly Committed[]; rows: Rows },
): readonly string[] {
  const broken: string[] = [];
  holdersAreAlone(start, { committed, broken });
  headsAreExtended(start, { committed, broken });
  deathsAreFinal(start, { committed, broken });
  leasesAreKept(start, { committed, broken });
  deathsAreCounted(start, { committed, broken });
  quarantineHolds(start, { committed, broken });
  messagesAreSeen(start, { committed, broken });
  requestsMakeOneRun(committed, broken);
  tablesAgree(rows, broken);
  return broken;
}

type History = { readonly committed: readonly Committed[]; readonly broken: string[] };

/** I2: an epoch has one holder, and only who holds the run appends to it or gives it up. */
function holdersAreAlone({ runs }: World, { committed, broken }: History): void {
  const epochs = new Map<string, number>();
  const holders = new Map([...runs.values()].map((run) => [run.id, holding(run)]));
  for (const { fact, operation } of committed) {
    const grant = grantOf(fact);
    if (grant !== undefined) {
      const known = epochs.get(grant.run) ?? runs.get(grant.run)?.epoch ?? 0;
      if (grant.epoch <= known) broken.push(`${operation}: ${holding(grant)} is no new epoch`);
      epochs.set(grant.run, grant.epoch);
      holders.set(grant.run, holding(grant));
      continue;
    }
    if (fact.kind === "appended" || fact.kind === "given_up") {
      const isHolder = holders.get(fact.run) === holding(fact);
      if (!isHolder) broken.push(`${operation}: ${holding(fact)} acts without holding the run`);
    }
    const left = leftBy(fact);
    if (left !== undefined) holders.set(left, "nobody");
  }
}

/** The run that nobody holds any more. */
function leftBy(fact: Fact): string | undefined {
  if (fact.kind === "freed" || fact.kind === "taken_over" || fact.kind === "given_up") {
    return fact.run;
  }
  return fact.kind === "appended" && fact.status !== STATUS.running ? fact.run : undefined;
}

function grantOf(fact: Fact): { run: string; session: number; epoch: number } | undefined {
  if (fact.kind === "granted") return fact;
  return fact.kind === "created" && fact.session !== 0 ? { ...fact, epoch: 1 } : undefined;
}

function holding({ session, epoch }: { session: number; epoch: number }): string {
  return session === 0 ? "nobody" : `session ${session} in epoch ${epoch}`;
}

/** I3: an append begins where the one before it ended. */
function headsAreExtended({ runs }: World, { committed, broken }: History): void {
  const heads = new Map([...runs.values()].map(({ id, events }) => [id, events.length]));
  for (const { fact, operation } of committed) {
    if (fact.kind !== "appended") continue;
    const head = heads.get(fact.run) ?? 1;
    if (fact.fromSeq !== head) {
      broken.push(`${operation}: extends ${fact.run} at ${fact.fromSeq}, its head is ${head}`);
    }
    heads.set(fact.run, fact.toSeq);
  }
}

const FOR_THE_LIVING: ReadonlySet<string> = new Set(["beat", "leased", "granted", "created"]);

/** Death is one way, and the dead are given nothing. */
function deathsAreFinal({ sessions }: World, { committed, broken }: History): void {
  const dead = new Set(
    [...sessions.values()].filter(({ state }) => state !== "live").map(({ id }) => id),
  );
  for (const { fact, operation } of committed) {
    if (fact.kind === "died") {
      if (dead.has(fact.session)) broken.push(`${operation}: session ${fact.session} died twice`);
      dead.add(fact.session);
    }
    const isForTheLiving = FOR_THE_LIVING.has(fact.kind);
    if (isForTheLiving && "session" in fact && dead.has(fact.session)) {
      broken.push(`${operation}: ${fact.kind} for session ${fact.session}, which is dead`);
    }
  }
}

/**
 * I7: nobody dies of a lease that is not over; and who has been given a full one keeps its time, since the end of its
 * stream counts by that.
 */
function leasesAreKept({ sessions }: World, { committed, broken }: History): void {
  const over = new Set(
    [...sessions.values()].filter(({ lease }) => lease === "over").map(({ id }) => id),
  );
  const full = new Set<number>();
  for (const { fact, operation } of committed) {
    if (fact.kind === "lapsed") {
      over.add(fact.session);
      full.delete(fact.session);
    } else if (fact.kind === "beat" || fact.kind === "leased") {
      if (fact.kind === "leased" && full.has(fact.session)) {
        broken.push(`${operation}: session ${fact.session} was heard of, and lost its time`);
      }
      over.delete(fact.session);
      full.add(fact.session);
    } else if (fact.kind === "died" && fact.of === "lease" && !over.has(fact.session)) {
      broken.push(`${operation}: session ${fact.session} died of a lease that was not over`);
    }
  }
}

/** I10: whose holders leave it three times without progress is quarantined, and nobody else. */
function deathsAreCounted({ runs }: World, { committed, broken }: History): void {
  const counts = new Map([...runs.values()].map(({ id, takeovers }) => [id, takeovers]));
  const countOf = (run: string): number => counts.get(run) ?? 0;
  for (const { fact, operation } of committed) {
    if (fact.kind === "appended" && fact.isProgress) {
      counts.set(fact.run, -1);
    } else if (fact.kind === "stored" && fact.isCancel) {
      // What is not quarantined keeps its count.
      if (countOf(fact.run) > MAX_TAKEOVERS) counts.set(fact.run, 0);
    } else if (fact.kind === "taken_over" || fact.kind === "given_up") {
      const count = countOf(fact.run) + 1;
      if (count > MAX_TAKEOVERS !== (fact.status === STATUS.quarantined)) {
        broken.push(`${operation}: ${fact.run} is made ${fact.status} by the takeover ${count}`);
      }
      counts.set(fact.run, count);
    }
  }
}

/** I10: a quarantined run is given to nobody before somebody cancels it. */
function quarantineHolds({ runs }: World, { committed, broken }: History): void {
  const quarantined = new Set(
    [...runs.values()].filter(({ status }) => status === STATUS.quarantined).map(({ id }) => id),
  );
  for (const { fact, operation } of committed) {
    if (fact.kind === "taken_over" || fact.kind === "given_up") {
      if (fact.status === STATUS.quarantined) quarantined.add(fact.run);
    } else if (fact.kind === "stored" && fact.isCancel) {
      quarantined.delete(fact.run);
    } else if (fact.kind === "granted" && quarantined.has(fact.run)) {
      broken.push(`${operation}: ${fact.run} is given away, and is quarantined`);
    }
  }
}

/** I6, I9: no run suspends or ends over a message that was acknowledged, and none is acknowledged after the end. */
function messagesAreSeen({ runs }: World, { committed, broken }: History): void {
  const stored = new Map([...runs.values()].map(({ id, inbox }) => [id, inbox.length]));
  const ended = new Set(
    [...runs.values()].filter(({ status }) => isEnd(status)).map(({ id }) => id),
  );
  for (const { fact, operation } of committed) {
    if (fact.kind === "stored") {
      if (ended.has(fact.run)) broken.push(`${operation}: acknowledged after the end`);
      stored.set(fact.run, Math.max(stored.get(fact.run) ?? 0, fact.inboxSeq));
    } else if (fact.kind === "appended" && fact.status !== STATUS.running) {
      if (fact.inboxSeq < (stored.get(fact.run) ?? 0)) {
        broken.push(`${operation}: stops over a message that it has not seen`);
      }
      if (isEnd(fact.status)) ended.add(fact.run);
    }
  }
}

function isEnd(number: number): boolean {
  const status = statusFrom(number);
  return status !== undefined && hasEnded(status);
}

/** I6. */
function requestsMakeOneRun(committed: readonly Committed[], broken: string[]): void {
  const made = new Map<string, string>();
  for (const { fact } of committed) {
    if (fact.kind !== "created") continue;
    const before = made.get(fact.request);
    if (before !== undefined && before !== fact.run) {
      broken.push(`request ${fact.request} made ${before} and ${fact.run}`);
    }
    made.set(fact.request, fact.run);
  }
}

/** The log has no gap, the row is its index (I1), and nobody holds what the sweep will never find. */
function tablesAgree({ runs, sessions }: Rows, broken: string[]): void {
  const states = new Map(sessions.map(({ id, state }) => [id, state]));
  for (const { id, seqs, lastSeq, inbox, inboxSeq, status, session } of runs) {
    if (seqs.some((seq, index) => seq !== index + 1) || seqs.length !== lastSeq) {
      broken.push(`run ${id} has events ${seqs.join(", ")} and head ${lastSeq}`);
    }
    if (inbox.length !== inboxSeq) {
      broken.push(`run ${id} has ${inbox.length} messages and the last is ${inboxSeq}`);
    }
    if ((status === STATUS.running) !== (session !== 0)) {
      broken.push(`run ${id} has status ${status} and session ${session}`);
    }
    if (status === STATUS.running && states.get(session) === 3) {
      broken.push(`run ${id} is held by session ${session}, which was let go`);
    }
  }
}
