import assert from "node:assert/strict";

import {
  apply,
  bindInputs,
  closeContainer,
  type Command,
  compile,
  completeStep,
  decideIteration,
  documentOf,
  encodeHiding,
  failAttempt,
  type Finish,
  type Hidden,
  hiddenOf,
  idOf,
  type Instance,
  type JsonObject,
  locate,
  type ModelUsage,
  openPlan,
  openRun,
  openWait,
  type PlanStep,
  readAnswer,
  type ReceivedMessage,
  redactEvent,
  Redactor,
  type RenderContext,
  renderOutputs,
  renderSections,
  renderStep,
  type ResultDocument,
  type RunEvent,
  type RunState,
  Schedule,
  type SecretValues,
  shownParameters,
  shownPayload,
  skipStep,
  startContainer,
  stepError,
  verdictEvent,
  waitKindOf,
  waitResult,
} from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";
import { catalogue } from "@orchestrator/tools/catalogue";

import { bundleOf } from "./bundle-of.ts";
import type { CaseMessage, RunCase, StepScript } from "./case.ts";

const RUN_ID = "019bc000-0000-7000-8000-000000000001";
const START_MS = Date.UTC(2026, 0, 15, 14, 30, 45);
const ATTEMPT_MS = 10;
const MAX_TURNS = 1_000;

/** Which of the attempts under way ends next. */
export type Ending = "first" | "last";

/** Runs a document with scripted results, without a clock or a store; attempts end one at a time. */
export function runToEnd(each: RunCase, ending: Ending): ResultDocument {
  const text = typeof each.document === "string" ? each.document : each.document.join("\n");
  const compilation = compile(text, { bundle: bundleOf(each.files), catalogue });
  assert.equal(compilation.kind, "compiled", JSON.stringify(compilation.findings));
  const bound = bindInputs(compilation.plan, each.inputs ?? {});
  assert.equal(bound.kind, "bound", JSON.stringify(bound));
  const sections = renderSections(compilation.plan, bound.inputs);
  assert.equal(sections.kind, "rendered");
  const loaded = openPlan(compilation.plan);
  const run = new ScriptedRun(openRun(loaded), { each, ending });
  const { labels } = compilation.plan;
  run.record({ kind: "run_created", inputs: bound.inputs, sections: sections.sections, labels });
  const document = run.finish();
  for (const [step, parameters] of Object.entries(each.given ?? {})) {
    assert.deepEqual(run.given.get(step), parameters, `what ${step} was given`);
  }
  for (const text of each.hidden ?? []) {
    assert.ok(!JSON.stringify(document).includes(text), `the document shows ${text}`);
    assert.ok(!run.shown.join("\n").includes(text), `an event shows ${text}`);
  }
  return document;
}

/** What is done with these changes what comes next. */
const AT_ONCE: ReadonlySet<Command["kind"]> = new Set([
  "record",
  "finish",
  "open",
  "decide",
  "close",
]);

type Flight = {
  readonly instance: Instance;
  readonly attempt: number;
  readonly startedAtMs: number;
};

class ScriptedRun {
  readonly #state: RunState;
  readonly #case: RunCase;
  readonly #scripts: Readonly<Record<string, readonly StepScript[]>>;
  readonly #ending: Ending;
  readonly #redactor = new Redactor();
  readonly #hidden: Hidden | undefined;
  /** What steps were given last. */
  readonly given = new Map<string, JsonObject>();
  /** Payloads of events as everybody may see them. */
  readonly shown: string[] = [];
  readonly #inFlight: Flight[] = [];
  #schedule: Schedule | undefined;
  readonly #messages: CaseMessage[];
  #inboxSeq = 0;
  #wakes: number | undefined;
  #seq = 0;
  #nowMs = START_MS;

  constructor(state: RunState, { each, ending }: { each: RunCase; ending: Ending }) {
    this.#state = state;
    this.#case = each;
    this.#scripts = each.results ?? {};
    this.#ending = ending;
    this.#messages = [...(each.inbox ?? [])];
    this.#hidden = hiddenOf(state);
  }

  record(recorded: RunEvent): void {
    const event = redactEvent(recorded, this.#redactor);
    const { payload } = encodeHiding(event, this.#hidden);
    this.shown.push(shownPayload(Buffer.from(payload).toString("utf8")));
    this.#seq += 1;
    apply(this.#state, { seq: this.#seq, atUs: this.#nowMs * 1_000, event });
    this.#schedule?.recorded(event);
    this.#schedule?.committed(this.#seq);
  }

  finish(): ResultDocument {
    this.#deliver();
    this.#schedule = new Schedule(this.#state);
    for (let turn = 0; this.#state.end === undefined; turn += 1) {
      assert.ok(turn < MAX_TURNS, "the run does not end");
      const moment = { nowMs: this.#nowMs, mayStart: true, random: () => 0.5 };
      const commands = this.#schedule.next(moment);
      for (const command of commands) {
        this.#obey(command);
      }
      if (!commands.some(({ kind }) => AT_ONCE.has(kind))) {
        this.#endOne();
      }
    }
    return documentOf(this.#state, { runId: RUN_ID, status: this.#state.end.status });
  }

  #obey(command: Command): void {
    switch (command.kind) {
      case "record":
        this.record(command.event);
        return;
      case "start":
        this.#inFlight.push({ ...command, startedAtMs: this.#nowMs });
        this.#nowMs += 1;
        return;
      case "open":
        this.#open(command.instance);
        return;
      case "decide":
        this.#decide(command.instance, command.iteration);
        return;
      case "close":
        this.record(closeContainer(command.instance, { end: command.end, atMs: this.#nowMs }));
        return;
      case "suspend":
        this.#wakeAt(this.#nowMs + command.wakeAfterMs);
        return;
      case "expire": {
        const step = idOf(command.instance);
        this.#receive({ kind: "expired", step, attempt: command.instance.record.attempts });
        return;
      }
      case "wake":
        this.#wakes = command.atMs;
        return;
      case "stop":
        return;
      case "finish":
        this.#end(command.finish);
    }
  }

  #end(finish: Finish): void {
    const { outputs, error } = renderOutputs(this.#context());
    const failed = error === undefined || finish.error !== undefined ? {} : { error };
    const status = error === undefined ? finish.status : "failed";
    const atMs = this.#nowMs;
    this.record({ kind: "run_finished", atMs, outputs, ...finish, ...failed, status });
  }

  #open(instance: Instance): void {
    const started = startContainer(this.#context(), instance);
    switch (started.kind) {
      case "skip":
        this.record(skipStep(instance, this.#nowMs));
        return;
      case "failed": {
        const ended = { attempt: 1, startedAtMs: this.#nowMs, durationMs: 0 };
        const { error } = started;
        this.record(failAttempt(this.#state, instance, { ended, error, jitter: 0 }));
        return;
      }
      case "ask":
        return assert.fail("no AUTO is in what starts a loop");
      case "started": {
        const step = idOf(instance);
        this.record({ kind: "loop_started", step, atMs: this.#nowMs, ...started.bounds });
        this.#nowMs += 1;
      }
    }
  }

  #decide(instance: Instance, iteration: number): void {
    const decided = decideIteration(this.#context(), instance, iteration);
    if (decided.kind === "failed") {
      this.#schedule?.undecided(instance, { iteration, error: decided.error });
      return;
    }
    assert.ok(decided.kind === "verdict");
    const event = verdictEvent(instance, {
      state: this.#state,
      iteration,
      verdict: decided.verdict,
      atMs: this.#nowMs,
    });
    if (event === undefined) {
      this.#schedule?.decided(instance, { iteration, verdict: decided.verdict });
    } else {
      this.record(event);
    }
  }

  #endOne(): void {
    const flight = this.#ending === "first" ? this.#inFlight.shift() : this.#inFlight.pop();
    this.#nowMs += ATTEMPT_MS;
    if (flight !== undefined) {
      this.record(this.#endOf(flight));
    } else if (this.#wakes !== undefined) {
      this.#wakeAt(this.#wakes);
    }
  }

  /** Time passes until then, or until the next message. */
  #wakeAt(atMs: number): void {
    const [message] = this.#messages;
    this.#wakes = undefined;
    if (message === undefined || START_MS + message.at * 1_000 > atMs) {
      this.#nowMs = Math.max(this.#nowMs, atMs);
    } else {
      this.#nowMs = Math.max(this.#nowMs, START_MS + message.at * 1_000);
      this.#deliver();
    }
  }

  /** Takes in every message that was sent by now: a signal, or an answer that fits. */
  #deliver(): void {
    for (;;) {
      const [message] = this.#messages;
      if (message === undefined || START_MS + message.at * 1_000 > this.#nowMs) {
        return;
      }
      this.#messages.shift();
      const { answer, by = "" } = message;
      const sent = { by, sentAtMs: START_MS + message.at * 1_000 };
      if (message.signal !== undefined) {
        this.#receive({ kind: "signal", name: message.signal, answer, ...sent });
        continue;
      }
      const step = message.step ?? "";
      const { attempts: attempt, parameters = {}, wait } = locate(this.#state, step).record;
      assert.ok(wait !== undefined, `${step} waits for an answer`);
      const read = readAnswer({ wait: wait.wait, parameters }, answer);
      assert.equal(read.kind, message.refused === true ? "misfit" : "fits", JSON.stringify(read));
      if (read.kind === "fits") {
        const requestId = String(this.#inboxSeq);
        this.#receive({ kind: "answer", step, attempt, answer: read.value, ...sent, requestId });
      }
    }
  }

  #receive(message: ReceivedMessage): void {
    this.#inboxSeq += 1;
    this.record({ kind: "message_received", inboxSeq: this.#inboxSeq, message });
  }

  #endOf({ instance, attempt, startedAtMs }: Flight): RunEvent {
    const state = this.#state;
    const { step } = instance.place;
    const ended = { attempt, startedAtMs, durationMs: this.#nowMs - startedAtMs };
    const missing = this.#missingSecret(step);
    if (missing !== undefined) {
      const error = stepError("SECRET_NOT_FOUND", missing);
      return failAttempt(state, instance, { ended, error, jitter: 0.5 });
    }
    const rendered = renderStep({ ...this.#context(), secrets: this.#secretsOf(step) }, instance, {
      decided: attempt > 1 || instance.record.wait !== undefined,
      recorded: undefined,
    });
    switch (rendered.kind) {
      case "ask": {
        const error = stepError("AUTO_UNRESOLVED", "no model is there to be asked");
        return failAttempt(state, instance, { ended, error, jitter: 0.5 });
      }
      case "skip":
        return skipStep(instance, this.#nowMs);
      case "failed":
        return failAttempt(state, instance, { ended, error: rendered.error, jitter: 0.5 });
      case "ready": {
        const { parameters } = rendered;
        const flight = { instance, attempt, startedAtMs };
        this.given.set(idOf(instance), parameters);
        return waitKindOf(step) === undefined
          ? this.#scripted(flight, parameters)
          : this.#waitOf(flight, parameters);
      }
    }
  }

  /** What the case's script says of an attempt. */
  #scripted({ instance, attempt, startedAtMs }: Flight, parameters: JsonObject): RunEvent {
    const { step } = instance.place;
    const ended = { attempt, startedAtMs, durationMs: this.#nowMs - startedAtMs };
    const script = scriptOf(this.#scripts[idOf(instance)] ?? this.#scripts[step.id], attempt);
    const given = {
      ...(step.kind === "task" && step.keepsParameters
        ? { parameters: shownParameters(step, parameters) }
        : {}),
      ...usageOf(script),
    };
    return script !== undefined && "error" in script
      ? failAttempt(this.#state, instance, { ended, error: errorOf(script), given, jitter: 0.5 })
      : completeStep(instance, {
          ended,
          given: { ...given, result: { inline: script?.result ?? plainResult(parameters) } },
        });
  }

  /** The beginning of a wait, or what came of it (§13). */
  #waitOf({ instance, attempt, startedAtMs }: Flight, parameters: JsonObject): RunEvent {
    const { place, record } = instance;
    const { wait, end, startedAtMs: waitedFromMs = startedAtMs } = record.wait ?? {};
    const ended = { attempt, startedAtMs: waitedFromMs, durationMs: this.#nowMs - waitedFromMs };
    const unattended = this.#case.unattended === true;
    const opened =
      wait !== undefined && end !== undefined
        ? ({ kind: "over", wait, end } as const)
        : openWait(place.step, parameters, { nowMs: startedAtMs, unattended });
    if (opened.kind === "waits") {
      const step = idOf(instance);
      const began = { step, attempt, atMs: startedAtMs, wait: opened.wait, parameters };
      return { kind: "wait_started", ...began };
    }
    const endedAtMs = record.wait?.endedAtMs ?? startedAtMs;
    const result =
      opened.kind === "failed"
        ? opened
        : waitResult({ ...opened, parameters, startedAtMs: waitedFromMs, endedAtMs });
    const given = "result" in result ? { result: { inline: result.result ?? null } } : {};
    return result.kind === "failed"
      ? failAttempt(this.#state, instance, { ended, error: result.error, given, jitter: 0.5 })
      : completeStep(instance, { ended, given });
  }

  /** L163: what is fetched for an attempt. */
  #secretsOf(step: PlanStep): SecretValues {
    const reads = step.kind === "task" ? step.reads : undefined;
    const { secrets = {}, env = {} } = this.#case;
    const values = { secrets: pick(reads?.secrets, secrets), env: pick(reads?.env, env) };
    this.#redactor.add([...Object.values(values.secrets), ...Object.values(values.env)]);
    return values;
  }

  #missingSecret(step: PlanStep): string | undefined {
    const reads = step.kind === "task" ? step.reads : undefined;
    const { secrets = {}, env = {} } = this.#case;
    return (
      reads?.secrets.find((name) => secrets[name] === undefined) ??
      reads?.env.find((name) => env[name] === undefined)
    );
  }

  #context(): RenderContext {
    return {
      state: this.#state,
      runId: RUN_ID,
      nowMs: this.#nowMs,
      read: () => null,
      call: () => null,
      cpuMs: () => 0,
    };
  }
}

function pick(
  names: readonly string[] | undefined,
  values: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries((names ?? []).map((name) => [name, values[name] ?? ""]));
}

/** The script of an attempt; the last one serves all further attempts. */
function scriptOf(
  scripts: readonly StepScript[] | undefined,
  attempt: number,
): StepScript | undefined {
  return scripts?.[attempt - 1] ?? scripts?.at(-1);
}

function usageOf(script: StepScript | undefined): { readonly usage?: ModelUsage } {
  if (script?.usage === undefined) {
    return {};
  }
  const { input_tokens, output_tokens, cost_nano_usd, ...names } = script.usage;
  const counts = { inputTokens: input_tokens, outputTokens: output_tokens };
  return { usage: { ...names, ...counts, costNanoUsd: cost_nano_usd } };
}

function errorOf({ error }: Extract<StepScript, { error: unknown }>) {
  return stepError(error.code, error.message ?? error.code, {
    ...(error.code === "TIMEOUT" ? { timedOut: true } : {}),
    ...(error.status === undefined ? {} : { status: error.status }),
  });
}

/** Without a script: what `echo` and `set` give. */
function plainResult(parameters: { readonly [key: string]: Json }): Json {
  return parameters["message"] ?? parameters["variables"] ?? null;
}
