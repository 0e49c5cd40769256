import type { Payload } from "./event-codec.ts";
import { EVENT_KIND, EVENT_VERSION, type EventKind } from "./events.ts";

type KindSpec = { readonly about: string; readonly keys: readonly (keyof Payload)[] };

const ATTEMPT = ["at", "ms"] as const;
const SETTLED = [...ATTEMPT, "parameters", "iterations", "terminated_by", "skips"] as const;

/** What each kind says, and the keys that its payload may have. */
export const EVENT_SPECS: Readonly<Record<EventKind, KindSpec>> = {
  run_created: {
    about: "The run was accepted. Its first event.",
    keys: ["inputs", "sections", "auto_responses", "unattended", "files", "labels", "warnings"],
  },
  run_started: { about: "An executor took the run up for the first time.", keys: ["at"] },
  step_started: {
    about:
      "An attempt begins that is not repeatable, or that asks a model; other attempts leave no such event.",
    keys: ["at", "parameters"],
  },
  step_completed: {
    about: "The step's action ran. With `error` it ran and says no (a reported failure).",
    keys: [
      ...SETTLED,
      "result",
      "result_blob",
      "error",
      "artifacts",
      "usage",
      "location",
      "warnings",
    ],
  },
  step_failed: { about: "The step failed for good.", keys: [...SETTLED, "error", "usage"] },
  step_skipped: { about: "The step will not run.", keys: ["at", "skip_reason", "skips"] },
  attempt_failed: {
    about: "An attempt failed, and another one follows.",
    keys: [...ATTEMPT, "error", "wait_ms", "usage"],
  },
  run_suspended: {
    about: "The run left its executor until it is time, or until a message comes.",
    keys: ["wake_after_ms"],
  },
  message_received: {
    about: "The run took a message out of its inbox.",
    keys: ["inbox_seq", "message"],
  },
  run_finished: {
    about: "The run ended. Its last event.",
    keys: ["at", "status", "outputs", "error", "unreached", "warnings"],
  },
  step_cancelled: {
    about: "The step was stopped by a cancellation.",
    keys: [...SETTLED, "reason"],
  },
  attempt_lost: {
    about: "The executor vanished during this attempt; it is made again.",
    keys: [],
  },
  auto_resolved: {
    about:
      "An AUTO has its value: it is not asked for again. Without a step it stands in an output of the pipeline.",
    keys: ["path", "value", "by", "usage", "prompt_hash", "reason"],
  },
  tool_called: {
    about: "A model had a tool called within an attempt of its step.",
    keys: ["at", "ms", "number", "tool", "operation", "parameters", "error"],
  },
  wait_started: {
    about: "A step waits for a person, a time or a signal; it holds nothing meanwhile.",
    keys: ["at", "wait", "parameters"],
  },
  wait_answered: {
    about: "The wait of a step is over, and the step goes on.",
    keys: ["at", "how", "inbox_seq", "answer", "by", "sent_at"],
  },
  run_taken_over: {
    about: "Another executor goes on with the run: the one before died, or gave it back.",
    keys: ["at"],
  },
  loop_started: {
    about: "The condition of a loop or group held, and what bounds it was evaluated.",
    keys: ["at", "items", "max_iterations", "max_parallel", "min_success_rate"],
  },
  loop_decided: {
    about:
      "It was decided whether an iteration runs; said when it does not, or when asking again could give another answer.",
    keys: ["at", "iteration", "verdict"],
  },
};

const KEYS: Readonly<Record<keyof Payload, string>> = {
  at: "Start of what the event is about, milliseconds since 1970, by the executor's clock.",
  ms: "Duration in milliseconds.",
  inputs: "Inputs, checked and coerced, with defaults.",
  sections: "Rendered sections of the document, by name.",
  files: "Files put into the workspace with the request: `path`, `size`, `sha256`.",
  labels: "Labels of document and request.",
  warnings: "Findings that do not fail the run: `code`, `step`, `message`.",
  parameters: "Rendered parameters of the attempt.",
  skips: "Other steps that this one's end skips, by id, with the reason.",
  result: "The result, when it is small.",
  result_blob: "Where a large result is stored: `sha256`, `size`. GetRun has it inline.",
  error: "`code`, `type`, `message`; where they apply `status`, `timed_out`, `retry_after_ms`.",
  artifacts: "Files that the step leaves: `path`, `size`, `sha256`, `media_type`.",
  usage:
    "`model`, `provider`, `input_tokens`, `output_tokens`, `cost_nano_usd` (1e-9 dollars); `choice`, why this model.",
  location: "Path that the result was written to.",
  reason: "Why it was cancelled; of an AUTO, why this model was chosen.",
  wait_ms: "Time until the next attempt.",
  wake_after_ms: "Time until the run wakes; absent: only a message wakes it.",
  inbox_seq: "Number of the message in the run's inbox.",
  message:
    "The message: `kind` `cancel` with `reason`; `signal` with `name`, `answer` (the payload), `by`, `sent_at`; `answer` with `step`, `attempt`, `answer`, `by`, `sent_at`, `request_id`; `expired` with `step`, `attempt`.",
  wait: "What is waited for: `kind` (`sleep`, `signal`, `prompt`, `approval`, `feedback`), `title`, `prompt`, `schema`, `choices`, `default`, `signal`, `expires_at` (milliseconds since 1970).",
  how: "`answer`, `signal`, `elapsed` (the time slept), `expired` (nobody answered in time), `unattended` (nobody is there to be asked) or `withdrawn` (the run ends).",
  answer: "What was answered, or the payload of the signal.",
  sent_at: "When it was sent, milliseconds since 1970.",
  status: "`completed`, `failed` or `cancelled`.",
  outputs: "Outputs of the pipeline.",
  unreached: "Why steps that never settled were skipped.",
  auto_responses: "Answers to AUTO tags that came with the request, by `<step>.<field path>`.",
  unattended:
    "Nobody is there to be asked: steps that wait for a person take their default at once.",
  number: "Number of the call among those of the attempt, from 1.",
  tool: "The tool that was called.",
  operation: "Its operation.",
  path: "Path of the field, such as `parameters.format`; further tags of one text end in `#2`, `#3` and so on.",
  value: "The value of the AUTO.",
  by: "Where the value comes from: `model`, `response` (of the request), `default` (of the tag) or `registry` (a model was chosen); of a wait, who answered.",
  prompt_hash: "SHA-256 of what the model was told, in hexadecimal.",
  skip_reason:
    "`condition`, `routed`, `dependency_failed`, `else_not_needed`, `iteration_failed`, `run_failed`, `run_timeout` or `cancelled`.",
  items: "The list that a loop walks.",
  max_iterations: "At most so many iterations.",
  max_parallel: "At most so many iterations at a time.",
  min_success_rate: "The share of iterations that must succeed, from 0 to 1.",
  iteration: "Number of the iteration, from 0.",
  verdict: "Whether it runs.",
  iterations: "How many iterations of a loop began.",
  terminated_by:
    "What ended a loop: `items`, `empty`, `condition`, `max_iterations`, `error` or `timeout`.",
};

/** The text of `docs/reference/events.md`, made from the tables of kinds and keys. */
export function eventsReference(): string {
  const kinds = Object.entries(EVENT_SPECS).map(([kind, { about, keys }]) => ({
    kind,
    about,
    keys: keys.map((key) => `\`${key}\``).join(", "),
  }));
  const numbers = new Map<string, number>(Object.entries(EVENT_KIND));
  return `# Events of a run

Generated from \`packages/pipeline/src/events-reference.ts\` by \`npm run generate\`. Payload version ${EVENT_VERSION}.

A run is the fold of its events. WatchRun streams them, ListRunEvents lists them, \`orchestrator runs events\` prints
them. Each has a \`sequence\` without gaps from 1, the \`time\` of its commit by the database's clock, its \`kind\` (in the
API \`RUN_EVENT_KIND_RUN_CREATED\` and so on), the \`step\` and its \`attempt\` where they apply, and the payload as
\`payload_json\`, the text of a JSON object. Numbers of kinds and meanings
of keys never change; new kinds and keys may come, so ignore what you do not know.

| number | kind | what happened | payload |
|---|---|---|---|
${kinds.map((spec) => `| ${numbers.get(spec.kind)} | \`${spec.kind}\` | ${spec.about} | ${spec.keys} |`).join("\n")}

## Keys of payloads

A key that does not apply is absent.

| key | meaning |
|---|---|
${Object.entries(KEYS)
  .map(([key, meaning]) => `| \`${key}\` | ${meaning} |`)
  .join("\n")}
`;
}
