import { type Status, STATUS } from "../../services/state/src/run.ts";
import type { Operation } from "./operation.ts";
import { appendBatch, type AppendInit, appendOne } from "./operations/appending.ts";
import {
  claim,
  claimNamed,
  giveUp,
  type Held,
  release,
  takeBack,
  takeOver,
  wakeDue,
} from "./operations/assigning.ts";
import { create, send } from "./operations/requests.ts";
import {
  close,
  death,
  expireLeases,
  grantLeases,
  heartbeat,
  lapse,
  settle,
} from "./operations/sessions.ts";
import type { ModelRun, World } from "./world.ts";

/** Numbers from 0 to 1. */
export type Random = () => number;

/** What a generator of operations knows: the newest world, and one that may be long gone. */
export type Knowledge = {
  readonly now: World;
  readonly before: World;
  /** Another number each time. */
  readonly next: () => number;
};

/** An operation as somebody would send who knows the newest world, or only an older one. */
export function randomOperation(random: Random, known: Knowledge): Operation {
  const world = random() < 0.7 ? known.now : known.before;
  const make = pick(random, KINDS);
  return make(random, { ...known, now: world });
}

/** One of some, which must not be none. */
export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) {
    throw new Error("there is nothing to pick from");
  }
  return item;
}

type Make = (random: Random, known: Knowledge) => Operation;

const ENDS: readonly Status[] = [STATUS.suspended, STATUS.completed, STATUS.failed];
const EVENT_KINDS = [3, 4, 5, 13];

const appending: Make = (random, { now, next }) => {
  const [one, other] = twoRuns(random, now);
  const inits = [one, other].map((run) => appendInit(random, { run, world: now, mark: next() }));
  const [first] = inits;
  return random() < 0.5 && first !== undefined
    ? appendOne("append", { ...first, events: 1 })
    : appendBatch("append", one === other ? inits.slice(0, 1) : inits);
};

const claiming: Make = (random, { now }) =>
  random() < 0.6
    ? claim(session(random, now), pick(random, [1, 2, 500]))
    : claimNamed(
        session(random, now),
        twoRuns(random, now)
          .filter(isFirst)
          .map(({ id }) => id),
      );

const FREEING: readonly ((session: number, held: Required<Held>) => Operation)[] = [
  (session, { run, epoch }) => release(session, [{ run, epoch }]),
  (session, { run, epoch }) => giveUp(session, [{ run, epoch }]),
  (session, held) => takeBack(session, [held]),
];

const freeing: Make = (random, { now }) => {
  const run = pick(random, [...now.runs.values()]);
  const holder = run.session === 0 || random() < 0.2 ? session(random, now) : run.session;
  const held: Required<Held> = { run: run.id, epoch: run.epoch, lastSeq: run.events.length };
  const free = pick(random, FREEING);
  return free(holder, held);
};

const sending: Make = (random, { now }) =>
  send(pick(random, [...now.runs.keys()]), {
    kind: pick(random, ["cancel", "signal"]),
    key: pick(random, ["k1", "k2", "k3", "k4"]),
  });

const creating: Make = (random, { now, next }) => {
  const requests = [pick(random, ["q1", "q2"]), ...(random() < 0.5 ? ["q3"] : [])];
  return create(
    "some",
    requests.map((request) => ({
      request,
      digest: pick(random, [1, 2]),
      run: next().toString(16).padStart(32, "0"),
      session: random() < 0.5 ? session(random, now) : 0,
    })),
  );
};

const KINDS: readonly Make[] = [
  appending,
  appending,
  appending,
  claiming,
  claiming,
  freeing,
  freeing,
  sending,
  sending,
  creating,
  (random, { now }) => heartbeat([...new Set([session(random, now), session(random, now)])]),
  (random, { now }) => lapse(session(random, now)),
  (random, { now }) => death(session(random, now)),
  (random, { now }) => death(session(random, now)),
  (random, { now }) => close(session(random, now)),
  () => takeOver(),
  () => takeOver(),
  () => wakeDue(),
  () => settle(),
  () => grantLeases(),
  () => expireLeases(),
];

/** The right of its holder at the run's head, or something near it. */
function appendInit(
  random: Random,
  { run, world, mark }: { run: ModelRun; world: World; mark: number },
): AppendInit {
  const isWrong = random() < 0.15;
  const off = () => (isWrong ? pick(random, [-1, 0, 1]) : 0);
  return {
    run: run.id,
    session: isWrong || run.session === 0 ? session(random, world) : run.session,
    epoch: run.epoch + off(),
    fromSeq: Math.max(1, run.events.length + off()),
    events: pick(random, [1, 1, 2]),
    kind: pick(random, EVENT_KINDS),
    mark,
    status: random() < 0.7 ? STATUS.running : pick(random, ENDS),
    inboxSeq: Math.max(0, run.inbox.length + off()),
    wakes: random() < 0.5,
  };
}

function twoRuns(random: Random, { runs }: World): readonly [ModelRun, ModelRun] {
  const all = [...runs.values()];
  return [pick(random, all), pick(random, all)];
}

function isFirst<T>(item: T, index: number, items: readonly T[]): boolean {
  return items.indexOf(item) === index;
}

function session(random: Random, { sessions }: World): number {
  return pick(random, [...sessions.keys()]);
}
