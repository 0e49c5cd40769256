import type { Json } from "@orchestrator/template";

import type { JsonObject, RunEvent } from "../events.ts";
import type { ReceivedMessage, Wait, WaitEnd, WaitKind } from "./wait.ts";

/** A wait as payloads hold it; `events-reference.ts` says what each key means. */
export type WireWait = {
  readonly kind: WaitKind;
  readonly title: string | null;
  readonly prompt: string | null;
  readonly schema: Json | null;
  readonly choices: readonly string[] | null;
  readonly default?: Json;
  readonly signal?: string;
  readonly expires_at: number;
};

/** How a wait ended, as payloads hold it. */
export type WireEnd = {
  readonly how: WaitEnd["how"];
  readonly inbox_seq?: number;
  readonly answer?: Json;
  readonly by?: string;
  readonly sent_at?: number;
};

/** A message as payloads hold it, and as it lies in the inbox. */
export type WireMessage = {
  readonly kind: ReceivedMessage["kind"];
  readonly reason?: string;
  readonly name?: string;
  readonly answer?: Json;
  readonly by?: string;
  readonly sent_at?: number;
  readonly request_id?: string;
  readonly step?: string;
  readonly attempt?: number;
};

/** Gives a wait its stored form. */
function wireWait({ expiresAtMs, ...same }: Wait): WireWait {
  return { ...same, expires_at: expiresAtMs };
}

/** Reads a stored wait. */
function waitFrom(stored: WireWait | undefined): Wait {
  const { expires_at: expiresAtMs, ...same } = stored ?? NO_WAIT;
  return { ...same, expiresAtMs };
}

const NO_WAIT: WireWait = {
  kind: "sleep",
  title: null,
  prompt: null,
  schema: null,
  choices: null,
  expires_at: 0,
};

/** Gives the end of a wait its stored form. */
function wireEnd(end: WaitEnd): WireEnd {
  switch (end.how) {
    case "signal":
      return {
        how: "signal",
        inbox_seq: end.inboxSeq,
        answer: end.answer,
        by: end.by,
        sent_at: end.sentAtMs,
      };
    case "answer":
    case "elapsed":
    case "expired":
    case "unattended":
    case "withdrawn":
      return end;
  }
}

/** Reads the stored end of a wait. */
function endFrom({ how, inbox_seq, answer = null, by = "", sent_at }: WireEnd): WaitEnd {
  switch (how) {
    case "signal":
      return { how, inboxSeq: inbox_seq ?? 0, answer, by, sentAtMs: sent_at ?? 0 };
    case "answer":
      return { how, answer, by };
    case "elapsed":
    case "expired":
    case "unattended":
    case "withdrawn":
      return { how };
  }
}

/** Gives a message its stored form. */
export function wireMessage(message: ReceivedMessage): WireMessage {
  switch (message.kind) {
    case "signal": {
      const { sentAtMs, ...same } = message;
      return { ...same, sent_at: sentAtMs };
    }
    case "answer": {
      const { sentAtMs, requestId, ...same } = message;
      return { ...same, sent_at: sentAtMs, request_id: requestId };
    }
    case "cancel":
    case "expired":
      return message;
  }
}

/** Reads a stored message. */
export function messageFrom(stored: Partial<WireMessage> | undefined): ReceivedMessage {
  const { kind, reason, name, step, attempt, answer, by, sent_at, request_id } = {
    ...BLANK,
    ...stored,
  };
  const sent = { answer, by, sentAtMs: sent_at };
  switch (kind) {
    case "cancel":
      return { kind, reason };
    case "signal":
      return { kind, name, ...sent };
    case "answer":
      return { kind, step, attempt, ...sent, requestId: request_id };
    case "expired":
      return { kind, step, attempt };
  }
}

const BLANK: Required<WireMessage> = {
  kind: "cancel",
  reason: "",
  name: "",
  answer: null,
  by: "",
  sent_at: 0,
  request_id: "",
  step: "",
  attempt: 1,
};

/** What is recorded of a wait. */
export type WaitEvent = Extract<RunEvent, { readonly kind: "wait_started" | "wait_answered" }>;
type Started = Extract<WaitEvent, { readonly kind: "wait_started" }>;
type Answered = Extract<WaitEvent, { readonly kind: "wait_answered" }>;

/** The payload of an event of a wait. */
export function waitPayload(event: WaitEvent): Stored["fields"] {
  return event.kind === "wait_started"
    ? { at: event.atMs, wait: wireWait(event.wait), parameters: event.parameters }
    : { at: event.atMs, ...wireEnd(event.end) };
}

type Stored = {
  readonly step: string;
  readonly attempt: number;
  readonly fields: Partial<WireEnd> & {
    readonly at?: number;
    readonly wait?: WireWait;
    readonly parameters?: JsonObject;
  };
};

/** Reads the stored beginning of a wait. */
export function startedFrom({ step, attempt, fields }: Stored): Started {
  const { at: atMs = 0, wait, parameters = {} } = fields;
  return { kind: "wait_started", step, attempt, atMs, wait: waitFrom(wait), parameters };
}

/** Reads the stored end of a wait. */
export function answeredFrom({ step, attempt, fields }: Stored): Answered {
  const { at: atMs = 0, how = "expired" } = fields;
  return { kind: "wait_answered", step, attempt, atMs, end: endFrom({ ...fields, how }) };
}

/** The bytes that a message has in a run's inbox. */
export function encodeMessage(message: ReceivedMessage): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(wireMessage(message)));
}

/** Reads a message of a run's inbox, of this kind. */
export function decodeMessage(kind: ReceivedMessage["kind"], payload: Uint8Array): ReceivedMessage {
  const text = payload.length === 0 ? "{}" : new TextDecoder().decode(payload);
  const stored: JsonObject & Omit<WireMessage, "kind"> = JSON.parse(text);
  return messageFrom({ ...stored, kind });
}
