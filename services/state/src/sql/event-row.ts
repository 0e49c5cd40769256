import { bytes, int, text } from "@orchestrator/postgres";

import type { Event } from "../event.ts";
import { microseconds } from "./columns.ts";

/** All of an event `e`. */
export const EVENT_COLUMNS = `
e.seq, e.kind, e.version, e.step, e.attempt, (extract(epoch from e.at) * 1000000)::int8, e.form, e.payload`;

/** Reads `EVENT_COLUMNS`. */
export function eventRow(columns: readonly unknown[]): Event {
  const [seq, kind, version, step, attempt, at, form, payload] = columns;
  return {
    seq: int(seq),
    kind: int(kind),
    version: int(version),
    step: text(step),
    attempt: int(attempt),
    atUs: microseconds(at),
    form: int(form),
    payload: bytes(payload),
  };
}
