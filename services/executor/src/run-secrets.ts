import {
  hiddenOf,
  instancesOf,
  Redactor,
  type RunState,
  type SecretValues,
  type StepError,
  stepError,
  type TaskStep,
} from "@orchestrator/pipeline";

import { retrying, type RetryOptions } from "./retrying.ts";
import type { AssignedRun } from "./run-channel.ts";
import type { SecretSource } from "./secrets.ts";

/** What came of fetching what a step reads. */
export type FetchedSecrets =
  | { readonly kind: "fetched"; readonly values: SecretValues }
  | { readonly kind: "failed"; readonly error: StepError };

/** The secrets that a held run has read: fetched for each attempt, kept in memory only so that nothing shows them (L163, L164). */
export class RunSecrets {
  readonly redactor = new Redactor();
  readonly #run: AssignedRun;
  readonly #source: SecretSource;
  readonly #state: RunState;
  readonly #patience: Pick<RetryOptions, "clock" | "troubled">;
  #knowsEarlier = false;

  constructor(
    run: AssignedRun,
    {
      source,
      state,
      ...patience
    }: { readonly source: SecretSource; readonly state: RunState } & Pick<
      RetryOptions,
      "clock" | "troubled"
    >,
  ) {
    this.#run = run;
    this.#source = source;
    this.#state = state;
    this.#patience = patience;
  }

  /** Fetches what an attempt of a step reads; a missing one fails it. */
  async fetch({ reads }: Pick<TaskStep, "reads">, signal: AbortSignal): Promise<FetchedSecrets> {
    if (reads === undefined) {
      return { kind: "fetched", values: NOTHING };
    }
    const { values, unreadable } = await this.#reveal(reads.secrets, signal);
    const env = this.#variables(reads.env);
    this.redactor.add([...Object.values(values), ...Object.values(env)]);
    const missing = reads.secrets.find((name) => values[name] === undefined);
    if (missing !== undefined) {
      return failed(
        unreadable.includes(missing)
          ? `the secret ${missing} cannot be read: it was stored under another ORCHESTRATOR_SECRET_KEY than the state service has now`
          : `there is no secret ${missing}`,
      );
    }
    const closed = reads.env.find((name) => env[name] === undefined);
    return closed === undefined
      ? { kind: "fetched", values: { secrets: values, env } }
      : failed(
          `the deployment has no variable ${closed} that pipelines may read (tools.environment)`,
        );
  }

  /** A text that may be shown: without secrets, and without sensitive values. */
  shown(text: string): string {
    return this.redactor.text(hiddenOf(this.#state)?.redactor.text(text) ?? text);
  }

  /** A failure that may leave this process. */
  shownFailure({ code, message }: StepError): { readonly code: string; readonly message: string } {
    return { code, message: this.shown(message) };
  }

  /** A thrown error that may be logged. */
  shownError(error: unknown): unknown {
    if (!(error instanceof Error)) {
      return typeof error === "string" ? this.shown(error) : error;
    }
    const message = this.shown(error.message);
    if (message === error.message && this.redactor.isEmpty) {
      return error;
    }
    const shown = new Error(message);
    shown.name = error.name;
    shown.stack = this.shown(error.stack ?? message);
    return shown;
  }

  /** With them come, once, those that steps before a takeover had: what they left behind must not show them either. */
  async #reveal(names: readonly string[], signal: AbortSignal) {
    const earlier = this.#knowsEarlier ? [] : this.#earlier();
    const asked = [...new Set([...names, ...earlier.flatMap(({ secrets }) => secrets)])];
    const revealed =
      asked.length === 0
        ? { values: {}, unreadable: [] }
        : await retrying((using) => this.#source.reveal(this.#run, asked, using), {
            ...this.#patience,
            signal,
          });
    this.#knowsEarlier = true;
    this.redactor.add([
      ...Object.values(revealed.values),
      ...Object.values(this.#variables(earlier.flatMap(({ env }) => env))),
    ]);
    return revealed;
  }

  #earlier(): readonly NonNullable<TaskStep["reads"]>[] {
    return instancesOf(this.#state).flatMap(({ place, record }) =>
      record.startedAtMs === undefined || place.step.kind !== "task"
        ? []
        : (place.step.reads ?? []),
    );
  }

  #variables(names: readonly string[]): Readonly<Record<string, string>> {
    return Object.fromEntries(
      names.flatMap((name) => {
        const value = this.#source.variable(name);
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
  }
}

const NOTHING: SecretValues = { secrets: {}, env: {} };

function failed(message: string): FetchedSecrets {
  return { kind: "failed", error: stepError("SECRET_NOT_FOUND", message) };
}
