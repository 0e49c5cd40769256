// Judges a mesh by what it promised and did: raw tables, the client's acknowledgements, the ledger of effects, the
// provider's log. Imports no code of the mesh.
import { readFileSync } from "node:fs";

import { Client } from "pg";

/** What was not as promised. */
export type Violation = {
  readonly kind: string;
  readonly detail: string;
  readonly atMs: number | undefined;
};

export type Evidence = {
  readonly postgresUrl: string;
  readonly acknowledgementsFile: string;
  readonly ledgerFile: string;
  /** What the model provider was asked: the key in the prompt, and when it came in. */
  readonly asked: readonly { readonly key: string; readonly atMs: number }[];
  readonly effects: readonly { readonly step: string; readonly repeatable: boolean }[];
};

type Acknowledgement =
  | { kind: "created"; requestId: string; runId: string; key: string }
  | { kind: "cancelled"; runId: string };

type Run = { status: number; lastSeq: number };
type Event = {
  seq: number;
  kind: number;
  step: string;
  atMs: number;
  payload: Record<string, unknown>;
};

const STATUS_FAILED = 5;
const STATUS_CANCELLED = 6;
const TERMINAL = new Set([4, STATUS_FAILED, STATUS_CANCELLED]);
const KIND_COMPLETED = 4;
const KIND_FAILED = 5;
const KIND_FINISHED = 10;
const RESULTS = new Set([KIND_COMPLETED, KIND_FAILED, 6, 11]);

/** Find everything that was not as promised; empty is good. */
export async function check(evidence: Evidence): Promise<Violation[]> {
  const acknowledgements = readLines(evidence.acknowledgementsFile).map((line): Acknowledgement =>
    JSON.parse(line),
  );
  const { runs, events } = await readTables(evidence.postgresUrl);
  const effects = effectsFrom(readLines(evidence.ledgerFile));
  const violations: Violation[] = [];
  const report = (kind: string, detail: string, atMs?: number): void => {
    violations.push({ kind, detail, atMs });
  };
  checkAcknowledged(acknowledgements, { runs, report });
  for (const [runId, run] of runs) {
    checkLog(runId, { run, events: events.get(runId) ?? [], report });
  }
  for (const ack of acknowledgements) {
    if (ack.kind === "created") {
      const log = events.get(ack.runId) ?? [];
      for (const effect of evidence.effects) {
        const begun = effects.get(`${ack.key} ${effect.step}`) ?? [];
        checkEffect(`${ack.runId}/${effect.step}`, { ...effect, begun, log, report });
      }
      const asked = evidence.asked.filter(({ key }) => key === ack.key).map(({ atMs }) => atMs);
      checkAsked(`${ack.runId}/ask`, { asked, log, report });
      checkFailures(ack.runId, log, report);
    }
  }
  return violations;
}

type Report = (kind: string, detail: string, atMs?: number) => void;

/** I6: what was acknowledged is there, once, and ended as promised. */
function checkAcknowledged(
  acknowledgements: readonly Acknowledgement[],
  { runs, report }: { runs: ReadonlyMap<string, Run>; report: Report },
): void {
  const byRequest = new Map<string, string>();
  for (const ack of acknowledgements) {
    const run = runs.get(ack.runId);
    if (run === undefined) {
      report("acknowledged run lost", ack.runId);
    } else if (!TERMINAL.has(run.status)) {
      report("acknowledged run did not end", `${ack.runId} has status ${run.status}`);
    } else if (ack.kind === "cancelled" && run.status !== STATUS_CANCELLED) {
      report("acknowledged cancel lost", `${ack.runId} has status ${run.status}`);
    }
    if (ack.kind === "created") {
      const other = byRequest.get(ack.requestId);
      if (other !== undefined && other !== ack.runId) {
        report("one request made two runs", `${ack.requestId}: ${other}, ${ack.runId}`);
      }
      byRequest.set(ack.requestId, ack.runId);
    }
  }
}

/** I3, I5: events are contiguous, nothing follows the end, and no step has two results. */
function checkLog(
  runId: string,
  { run, events, report }: { run: Run; events: readonly Event[]; report: Report },
): void {
  events.forEach(({ seq }, index) => {
    if (seq !== index + 1) {
      report("events are not contiguous", `${runId}: ${seq} stands at place ${index + 1}`);
    }
  });
  if (events.length !== run.lastSeq) {
    report(
      "the head is not the last event",
      `${runId}: head ${run.lastSeq}, ${events.length} events`,
    );
  }
  const finished = events.filter(({ kind }) => kind === KIND_FINISHED);
  const hasEnded = TERMINAL.has(run.status);
  if (
    finished.length !== (hasEnded ? 1 : 0) ||
    (hasEnded && events.at(-1)?.kind !== KIND_FINISHED)
  ) {
    report(
      "a run does not end with its end",
      `${runId}: ${finished.length} ends, status ${run.status}`,
    );
  }
  const settled = new Set<string>();
  for (const { kind, step, atMs } of events) {
    if (RESULTS.has(kind)) {
      if (settled.has(step)) {
        report("a step was committed twice", `${runId}/${step}`, atMs);
      }
      settled.add(step);
    }
  }
}

type EffectEvidence = {
  readonly step: string;
  readonly repeatable: boolean;
  readonly begun: readonly number[];
  readonly log: readonly Event[];
  readonly report: Report;
};

/** I5: effects against results. */
function checkEffect(name: string, evidence: EffectEvidence): void {
  const { step, repeatable, begun, log, report } = evidence;
  const result = log.find((event) => event.step === step && RESULTS.has(event.kind));
  if (!repeatable && begun.length > 1) {
    report("a step that may not be repeated ran twice", `${name}: ${begun.length} times`, begun[1]);
  }
  if (!repeatable && begun.length > 0 && result === undefined) {
    report("a lost attempt has no result", name, begun[0]);
  }
  if (result === undefined) {
    return;
  }
  for (const atMs of begun.filter((begunAtMs) => begunAtMs > result.atMs)) {
    report("a step ran after its result was committed", name, atMs);
  }
  if (result.kind === KIND_COMPLETED && begun.length === 0) {
    report("a step has a result but had no effect", name, result.atMs);
  }
}

/** Faults of the mesh are not failures of steps: only an attempt that is lost and may not be repeated is one. */
function checkFailures(runId: string, log: readonly Event[], report: Report): void {
  for (const event of log.filter(({ kind }) => kind === KIND_COMPLETED || kind === KIND_FAILED)) {
    const code = codeOf(event);
    if (code !== undefined && code !== "ATTEMPT_LOST" && code !== "CANCELLED") {
      report("a step failed because of a fault", `${runId}/${event.step}: ${code}`, event.atMs);
    }
  }
}

/** I11: a recorded answer is never paid for again. */
function checkAsked(
  name: string,
  { asked, log, report }: { asked: readonly number[]; log: readonly Event[]; report: Report },
): void {
  const result = log.find(({ step, kind }) => step === "ask" && kind === KIND_COMPLETED);
  if (result !== undefined && asked.length === 0) {
    report("a model step has an answer but no provider was asked", name, result.atMs);
  }
  for (const atMs of asked) {
    if (result !== undefined && atMs > result.atMs) {
      report("a model was asked after its answer was committed", name, atMs);
    }
  }
}

function codeOf({ payload }: Event): string | undefined {
  const error = payload["error"];
  return typeof error === "object" && error !== null && "code" in error
    ? String(error.code)
    : undefined;
}

function effectsFrom(lines: readonly string[]): ReadonlyMap<string, number[]> {
  const effects = new Map<string, number[]>();
  for (const line of lines) {
    const [atMs = "", key = "", step = ""] = line.split(" ");
    const begun = effects.get(`${key} ${step}`) ?? [];
    begun.push(Number(atMs));
    effects.set(`${key} ${step}`, begun);
  }
  return effects;
}

async function readTables(
  url: string,
): Promise<{ runs: Map<string, Run>; events: Map<string, Event[]> }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const runRows = await client.query<{ run_id: string; status: number; last_seq: number }>(
      "select run_id, status, last_seq from state.run",
    );
    const eventRows = await client.query<{
      run_id: string;
      seq: number;
      kind: number;
      step: string;
      at_ms: string;
      payload: string;
    }>(`select run_id, seq, kind, step, extract(epoch from at) * 1000 as at_ms,
          case when form = 0 then convert_from(payload, 'UTF8') else '{}' end as payload
        from state.run_event order by run_id, seq`);
    const events = new Map<string, Event[]>();
    for (const { run_id: runId, at_ms: atMs, payload, ...event } of eventRows.rows) {
      const log = events.get(runId) ?? [];
      log.push({
        ...event,
        atMs: Number(atMs),
        payload: JSON.parse(payload === "" ? "{}" : payload),
      });
      events.set(runId, log);
    }
    return {
      runs: new Map(
        runRows.rows.map(({ run_id: id, status, last_seq: lastSeq }) => [id, { status, lastSeq }]),
      ),
      events,
    };
  } finally {
    await client.end();
  }
}

function readLines(file: string): string[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}
