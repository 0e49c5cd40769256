import { STATUS } from "../../services/state/src/run.ts";
import type { Operation } from "./operation.ts";
import { appendBatch, type AppendInit, appendOne } from "./operations/appending.ts";
import {
  claim,
  claimNamed,
  giveUp,
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
  settle,
  shorten,
} from "./operations/sessions.ts";
import { RESCUER } from "./pair.ts";
import { modelRun, modelSession, type World, worldOf } from "./world.ts";

/** A world, and the operations that race in it: each with each, in both orders. */
export type Scenario = {
  readonly name: string;
  readonly world: World;
  readonly operations: readonly Operation[];
};

const A = "00000000000070008000000000000001";
const B = "00000000000070008000000000000002";
const NEW = "0000000000007000800000000000001";
const EARLIER = 1;
const NOW = 3;

/** Their rows, and those of runs, lie in another order than that of their numbers, in which all are to lock them. */
const others = [modelSession(RESCUER), modelSession(2)];
const sessions = [...others, modelSession(1)];
const expired = [...others, modelSession(1, { lease: "over", leases: 1 })];
const dead = [...others, modelSession(1, { state: "dead", lease: "over", leases: 1 })];
const held = { status: STATUS.running, session: 1, epoch: NOW };
/** Its next holder to leave it without progress is the last. */
const poor = { ...held, takeovers: 2 };
const mine: Omit<AppendInit, "run"> = { session: 1, epoch: NOW, fromSeq: 1 };
const onA: AppendInit = { ...mine, run: A };
const onB: AppendInit = { ...mine, run: B };
const cancel = send(A, { kind: "cancel", key: "c" });

const HELD: Scenario = {
  name: "a run that is held",
  world: worldOf({ runs: [modelRun(B, poor), modelRun(A, held)], sessions }),
  operations: [
    appendOne("append", onA),
    appendBatch("append", [onA, onB]),
    appendOne("other append", { ...onA, mark: 2 }),
    appendBatch("append of two", [{ ...onA, events: 2, mark: 3 }]),
    appendOne("append past a gap", { ...onA, fromSeq: 2, mark: 4 }),
    appendBatch("append past a gap", [{ ...onA, fromSeq: 2, mark: 4 }]),
    appendOne("suspension", { ...onA, status: STATUS.suspended, mark: 5 }),
    appendBatch("suspension until later", [
      { ...onA, status: STATUS.suspended, wakes: true, mark: 6 },
    ]),
    appendOne("end", { ...onA, status: STATUS.completed, mark: 7 }),
    appendBatch("end after a message", [
      { ...onA, status: STATUS.failed, events: 2, inboxSeq: 1, mark: 8 },
      onB,
    ]),
    appendOne("append of an older epoch", { ...onA, epoch: EARLIER, mark: 9 }),
    appendBatch("append, one good and one stale", [onB, { ...onA, session: 2, mark: 10 }]),
    appendOne("append by another", { ...onA, session: 2, mark: 11 }),
    appendOne("append without progress", { ...onB, kind: 13, mark: 12 }),
    release(1, [{ run: A, epoch: NOW }]),
    release(1, [{ run: A, epoch: EARLIER }]),
    release(2, [{ run: A, epoch: NOW }]),
    takeBack(1, [
      { run: A, epoch: NOW, lastSeq: 1 },
      { run: B, epoch: NOW, lastSeq: 1 },
    ]),
    giveUp(1, [
      { run: A, epoch: NOW },
      { run: B, epoch: NOW },
    ]),
    giveUp(1, [{ run: A, epoch: EARLIER }]),
    giveUp(2, [{ run: A, epoch: NOW }]),
    close(1),
    cancel,
    send(A, { kind: "signal", key: "s" }),
    takeOver(),
  ],
};

const LEASED: Scenario = {
  name: "a session that has a lease",
  world: worldOf({ runs: [modelRun(B), modelRun(A, held)], sessions }),
  operations: [
    heartbeat([1]),
    heartbeat([1, 2]),
    shorten(1),
    grantLeases(),
    expireLeases(),
    giveUp(1, [{ run: A, epoch: NOW }]),
    death(1),
    close(1),
    claim(1),
    create("for the session", [{ request: "q", digest: 1, run: `${NEW}1`, session: 1 }]),
    takeOver(),
    settle(),
  ],
};

const READY: Scenario = {
  name: "a run that is ready again",
  world: worldOf({
    runs: [modelRun(B, { epoch: 2 }), modelRun(A, { epoch: 2 })],
    sessions: expired,
  }),
  operations: [
    claim(1),
    claim(2),
    claim(2, 1),
    claimNamed(1, [A]),
    claimNamed(2, [A, B]),
    appendOne("append of its last holder", { ...onA, epoch: EARLIER }),
    appendBatch("append of its last holder", [
      { ...onA, epoch: EARLIER },
      { ...onB, epoch: EARLIER },
    ]),
    appendOne("append before it was told", { ...onA, epoch: NOW, mark: 2 }),
    release(1, [{ run: A, epoch: EARLIER }]),
    takeBack(1, [{ run: A, epoch: EARLIER, lastSeq: 1 }]),
    giveUp(1, [{ run: A, epoch: EARLIER }]),
    grantLeases(),
    expireLeases(),
    heartbeat([1]),
    death(1),
    close(1),
    settle(),
    cancel,
  ],
};

const EXPIRED: Scenario = {
  name: "a session whose lease is over",
  world: worldOf({
    runs: [modelRun(B), modelRun(A, held)],
    sessions: expired,
  }),
  operations: [
    heartbeat([1]),
    heartbeat([1, 2]),
    grantLeases(),
    expireLeases(),
    giveUp(1, [{ run: A, epoch: NOW }]),
    death(1),
    close(1),
    takeOver(),
    settle(),
    claim(1),
    claim(2),
    claimNamed(1, [B]),
    create("for the session", [{ request: "q", digest: 1, run: `${NEW}1`, session: 1 }]),
    appendOne("append", onA),
    appendBatch("end", [{ ...onA, status: STATUS.completed, mark: 2 }]),
    cancel,
  ],
};

const DEAD: Scenario = {
  name: "a session that is dead",
  world: worldOf({
    runs: [modelRun(B, poor), modelRun(A, held)],
    sessions: dead,
  }),
  operations: [
    takeOver(),
    appendOne("append", onA),
    appendOne("append without progress", { ...onB, kind: 3 }),
    appendBatch("append", [onA, onB]),
    appendBatch("append, one good and one stale", [onA, { ...onB, epoch: EARLIER, mark: 2 }]),
    appendOne("suspension", { ...onA, status: STATUS.suspended, mark: 3 }),
    appendBatch("end", [{ ...onB, status: STATUS.completed, mark: 4 }]),
    settle(),
    heartbeat([1, 2]),
    death(1),
    close(1),
    claim(2),
    claimNamed(1, [A]),
    takeBack(1, [{ run: B, epoch: NOW, lastSeq: 1 }]),
    giveUp(1, [
      { run: A, epoch: NOW },
      { run: B, epoch: NOW },
    ]),
    grantLeases(),
    expireLeases(),
    send(B, { kind: "cancel", key: "c" }),
    create("for the session", [{ request: "q", digest: 1, run: `${NEW}1`, session: 1 }]),
  ],
};

const SUSPENDED: Scenario = {
  name: "a run that is suspended",
  world: worldOf({
    runs: [
      modelRun(A, { status: STATUS.suspended, epoch: NOW, wake: "due" }),
      modelRun(B, { status: STATUS.suspended, epoch: NOW, wake: "later" }),
    ],
    sessions,
  }),
  operations: [
    wakeDue(),
    cancel,
    send(A, { kind: "signal", key: "s" }),
    send(A, { kind: "signal", key: "c" }),
    send(B, { kind: "cancel", key: "c" }),
    claim(1),
    claimNamed(2, [A, B]),
    giveUp(1, [{ run: A, epoch: NOW }]),
    appendOne("append of its last holder", onA),
    appendBatch("end by its last holder", [{ ...onA, status: STATUS.completed, mark: 2 }, onB]),
  ],
};

const STOPPED: Scenario = {
  name: "runs that have ended or are quarantined",
  world: worldOf({
    runs: [
      modelRun(A, { status: STATUS.completed, epoch: NOW }),
      modelRun(B, { status: STATUS.quarantined, epoch: 4, takeovers: 3 }),
    ],
    sessions,
  }),
  operations: [
    cancel,
    send(A, { kind: "signal", key: "s" }),
    send(B, { kind: "cancel", key: "c" }),
    send(B, { kind: "signal", key: "c" }),
    claim(1),
    appendOne("append of its last holder", onA),
    appendBatch("end by its last holder", [onA, { ...onB, status: STATUS.completed }]),
  ],
};

const REQUESTED: Scenario = {
  name: "requests for runs",
  world: worldOf({
    sessions: expired,
  }),
  operations: [
    create("q", [{ request: "q", digest: 1, run: `${NEW}1` }]),
    create("q again", [{ request: "q", digest: 1, run: `${NEW}2` }]),
    create("q, of other content", [{ request: "q", digest: 2, run: `${NEW}3` }]),
    create("p and q", [
      { request: "q", digest: 1, run: `${NEW}4` },
      { request: "p", digest: 1, run: `${NEW}5` },
    ]),
    create("q and r for a session", [
      { request: "q", digest: 1, run: `${NEW}6`, session: 1 },
      { request: "r", digest: 1, run: `${NEW}7`, session: 2 },
    ]),
    create("q for the session", [{ request: "q", digest: 1, run: `${NEW}8`, session: 1 }]),
    death(1),
    close(1),
    heartbeat([1]),
    settle(),
    claim(2),
    send(`${NEW}1`, { kind: "cancel", key: "c" }),
  ],
};

/** All worlds with their operations. */
export const SCENARIOS: readonly Scenario[] = [
  HELD,
  LEASED,
  READY,
  EXPIRED,
  DEAD,
  SUSPENDED,
  STOPPED,
  REQUESTED,
];
