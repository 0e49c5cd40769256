import type { RunEvent } from "../events.ts";
import type { Wait } from "../wait/wait.ts";
import { locate, type RunState } from "./run-state.ts";

type WaitEvent = Extract<RunEvent, { readonly kind: "wait_started" | "wait_answered" }>;
type MessageEvent = Extract<RunEvent, { readonly kind: "message_received" }>;

/** Takes the beginning or the end of a wait into the record of its instance (L149). */
export function applyWait(state: RunState, event: WaitEvent): void {
  const instance = locate(state, event.step);
  const before = instance.record;
  if (event.kind === "wait_started") {
    const { attempt, atMs, wait, parameters } = event;
    instance.record = {
      ...before,
      status: "waiting",
      attempts: attempt,
      lost: 0,
      startedAtMs: before.startedAtMs ?? atMs,
      parameters,
      wait: { wait, startedAtMs: atMs },
    };
    return;
  }
  const { end, atMs } = event;
  const wait = { ...(before.wait ?? { wait: NONE, startedAtMs: atMs }), end, endedAtMs: atMs };
  instance.record = { ...before, status: "pending", wait };
  if (end.how === "signal") {
    state.signals = state.signals.filter(({ inboxSeq }) => inboxSeq !== end.inboxSeq);
  }
}

const NONE: Wait = {
  kind: "sleep",
  title: null,
  prompt: null,
  schema: null,
  choices: null,
  expiresAtMs: 0,
};

/** Takes a message in: what comes for a wait that is over, or after another answer to it, changes nothing (L150). */
export function takeMessage(state: RunState, { inboxSeq, message }: MessageEvent): void {
  state.inboxSeq = inboxSeq;
  switch (message.kind) {
    case "cancel":
      state.cancel ??= { reason: message.reason };
      return;
    case "signal": {
      const { kind: _, ...signal } = message;
      state.signals = [...state.signals, { inboxSeq, ...signal }];
      return;
    }
    case "answer":
    case "expired": {
      const instance = locate(state, message.step);
      const { wait, attempts, status } = instance.record;
      if (status !== "waiting" || attempts !== message.attempt || wait?.reply !== undefined) {
        return;
      }
      const { kind: how } = message;
      const reply = how === "expired" ? { how } : { how, answer: message.answer, by: message.by };
      instance.record = {
        ...instance.record,
        ...(wait === undefined ? {} : { wait: { ...wait, reply } }),
      };
    }
  }
}
