import type { AppendEvent } from "./append.ts";
import { type Status, STATUS, statusFrom } from "./run.ts";

/** Appends as columns: one row per append, then one row per event; the payloads one after the other. */
export type AppendColumns = {
  readonly handle: readonly number[];
  readonly fromSeq: readonly number[];
  readonly state: readonly number[];
  readonly inboxSeq: readonly number[];
  readonly wakeAfterMs: readonly bigint[];
  readonly eventCount: readonly number[];
  readonly kind: readonly number[];
  readonly version: readonly number[];
  readonly step: readonly string[];
  readonly attempt: readonly number[];
  readonly digests: Uint8Array;
  readonly payloadLength: readonly number[];
  readonly payloadForm: readonly number[];
  readonly payloads: Uint8Array;
};

/** One append of a frame; `events` is undefined when it is malformed, whatever its run. */
export type AppendRow = {
  readonly handle: number;
  readonly fromSeq: number;
  readonly status: Status;
  readonly inboxSeq: number;
  readonly wakeAfterMs: number;
  readonly bytes: number;
  readonly events: readonly AppendEvent[] | undefined;
};

/** A payload that is larger comes as the hash of a blob. */
export const MAX_INLINE_BYTES = 8 << 10;
/** Of one append: the fan-out of a step is far below it. */
const MAX_EVENTS = 10_000;
const MAX_STEP_LENGTH = 4096;
const MAX_SMALL = 0x7fff;
const MAX_SEQ = 0x7fff_ffff;
const HASH_BYTES = 32;
const DIGEST_BYTES = 8;
/** Longer than any wait of the language; a date that a timestamp holds. */
const MAX_WAKE_MS = 10 * 366 * 86_400_000;

/** Takes a frame apart. Views of the frame, no copies; columns that do not fit each other spoil every row. */
export function rowsOf(columns: AppendColumns): readonly AppendRow[] {
  const fits = columnsFit(columns);
  let event = 0;
  let at = 0;
  return columns.handle.map((_, row) => {
    const head = headOf(columns, row);
    const start = at;
    const events: AppendEvent[] = [];
    const last = fits ? event + (columns.eventCount[row] ?? 0) : event;
    for (; event < last; event++) {
      const end = at + (columns.payloadLength[event] ?? 0);
      events.push(eventAt(columns, { event, start: at, end }));
      at = end;
    }
    const sound = fits && isRow(head, { state: columns.state[row] ?? 0, events });
    return { ...head, bytes: at - start, events: sound ? events : undefined };
  });
}

function headOf(columns: AppendColumns, row: number): Omit<AppendRow, "events" | "bytes"> {
  return {
    handle: columns.handle[row] ?? 0,
    fromSeq: columns.fromSeq[row] ?? 0,
    status: statusFrom(columns.state[row] ?? 0) ?? STATUS.running,
    inboxSeq: columns.inboxSeq[row] ?? 0,
    wakeAfterMs: Number(columns.wakeAfterMs[row] ?? 0n),
  };
}

function columnsFit(columns: AppendColumns): boolean {
  const rows = columns.handle.length;
  const events = columns.kind.length;
  return (
    [
      columns.fromSeq,
      columns.state,
      columns.inboxSeq,
      columns.wakeAfterMs,
      columns.eventCount,
    ].every(({ length }) => length === rows) &&
    [
      columns.version,
      columns.step,
      columns.attempt,
      columns.payloadLength,
      columns.payloadForm,
    ].every(({ length }) => length === events) &&
    columns.digests.length === DIGEST_BYTES * events &&
    sum(columns.eventCount) === events &&
    sum(columns.payloadLength) === columns.payloads.length
  );
}

function eventAt(
  columns: AppendColumns,
  { event, start, end }: { event: number; start: number; end: number },
): AppendEvent {
  return {
    kind: columns.kind[event] ?? 0,
    version: columns.version[event] ?? 0,
    step: columns.step[event] ?? "",
    attempt: columns.attempt[event] ?? 0,
    digest: columns.digests.subarray(DIGEST_BYTES * event, DIGEST_BYTES * (event + 1)),
    form: columns.payloadForm[event] === 1 ? 1 : 0,
    payload: columns.payloads.subarray(start, end),
  };
}

function isRow(
  { fromSeq, inboxSeq, wakeAfterMs }: Omit<AppendRow, "events" | "bytes">,
  { state, events }: { state: number; events: readonly AppendEvent[] },
): boolean {
  return (
    state >= STATUS.running &&
    state <= STATUS.cancelled &&
    events.length > 0 &&
    events.length <= MAX_EVENTS &&
    fromSeq + events.length <= MAX_SEQ &&
    inboxSeq <= MAX_SEQ &&
    wakeAfterMs <= MAX_WAKE_MS &&
    events.every(isEvent)
  );
}

function isEvent({ kind, version, attempt, step, form, payload }: AppendEvent): boolean {
  return (
    kind <= MAX_SMALL &&
    version <= MAX_SMALL &&
    attempt <= MAX_SMALL &&
    step.length <= MAX_STEP_LENGTH &&
    (form === 1 ? payload.length === HASH_BYTES : payload.length <= MAX_INLINE_BYTES)
  );
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
