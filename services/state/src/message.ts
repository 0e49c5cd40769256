import type { Run } from "./run.ts";

/** Kinds of messages to a run, as stored; the same numbers as `orchestrator.state.v1.MessageKind`. */
export const MESSAGE = { cancel: 1, signal: 2, answer: 3, expired: 4 } as const;

export type MessageKind = (typeof MESSAGE)[keyof typeof MESSAGE];

/** A message in a run's inbox. */
export type Message = {
  /** Counts from 1. */
  readonly inboxSeq: number;
  readonly kind: MessageKind;
  readonly payload: Uint8Array;
};

/** A message to put into a run's inbox. */
export type NewMessage = {
  readonly namespace: string;
  readonly runId: Uint8Array;
  readonly kind: number;
  readonly dedupeKey: string;
  readonly payload: Uint8Array;
};

/** What became of a message; `run` as it stood right after. */
export type Sent =
  | { readonly kind: "stored" | "run_ended"; readonly run: Run }
  /** With what the message said that was there already. */
  | { readonly kind: "repeated"; readonly run: Run; readonly earlier: Uint8Array }
  | { readonly kind: "unknown_run" };

/** Where messages to runs are kept. */
export interface InboxStore {
  /** Stores a message once, and wakes the run in the same transaction (I9). */
  send(message: NewMessage): Promise<Sent>;
  /** Messages of runs past the given numbers, in order within a run. */
  read(
    wanted: readonly { readonly runId: Uint8Array; readonly afterSeq: number }[],
  ): Promise<readonly { readonly runId: Uint8Array; readonly message: Message }[]>;
  /** Runs that sessions hold and that have messages, with the number of the last one. */
  heads(
    sessionIds: readonly number[],
  ): Promise<readonly { readonly runId: Uint8Array; readonly inboxSeq: number }[]>;
}

/** The number as a kind of message, or undefined when it is none. */
export function messageKindFrom(number: number): MessageKind | undefined {
  return Object.values(MESSAGE).find((kind) => kind === number);
}
