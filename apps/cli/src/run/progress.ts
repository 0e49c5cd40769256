import { type RunEvent, RunEventKind } from "@orchestrator/proto/v1/run_pb";

import { type Io, mayColour } from "../io.ts";
import { durationText } from "../output/words.ts";

type Shown = { readonly isShown: boolean; readonly isVerbose: boolean };

type Mark = { readonly mark: string; readonly word: string; readonly colour: number };

const FAILED: Mark = { mark: "✗", word: "failed", colour: 31 };
const SKIPPED: Mark = { mark: "-", word: "skipped", colour: 90 };
const MARKS: Readonly<Record<number, Mark>> = {
  [RunEventKind.STEP_COMPLETED]: { mark: "✓", word: "completed", colour: 32 },
  [RunEventKind.STEP_FAILED]: FAILED,
  [RunEventKind.STEP_SKIPPED]: SKIPPED,
  [RunEventKind.STEP_CANCELLED]: { mark: "✗", word: "cancelled", colour: 33 },
  [RunEventKind.ATTEMPT_FAILED]: { mark: "↻", word: "failed, and is tried again", colour: 33 },
  [RunEventKind.ATTEMPT_LOST]: { mark: "↻", word: "lost, and is made again", colour: 33 },
};

/** Shows on stderr what happens in a run: a line for every step that settles, with `-v` one for every event. */
export class Progress {
  readonly #io: Pick<Io, "env" | "stderr">;
  readonly #shown: Shown;
  readonly #hasColour: boolean;

  constructor(io: Pick<Io, "env" | "stderr">, shown: Shown) {
    this.#io = io;
    this.#shown = shown;
    this.#hasColour = mayColour(io, io.stderr);
  }

  show(event: RunEvent): void {
    if (this.#shown.isVerbose) {
      const { sequence, kind, step, payloadJson } = event;
      const name =
        Object.entries(RunEventKind).find(([, value]) => value === kind)?.[0] ?? String(kind);
      this.#io.stderr.write(`${sequence} ${name.toLowerCase()} ${step} ${payloadJson}\n`);
    } else if (this.#shown.isShown) {
      for (const line of linesFor(event)) {
        this.#io.stderr.write(`${this.#coloured(line.mark, line.colour)} ${line.text}\n`);
      }
    }
  }

  #coloured(text: string, colour: number): string {
    return this.#hasColour ? `\u001B[${colour}m${text}\u001B[0m` : text;
  }
}

type Line = { readonly mark: string; readonly colour: number; readonly text: string };

/** One line for the step of an event, and one for each step that it skips. */
function linesFor({ kind, step, payloadJson }: RunEvent): Line[] {
  const { durationMs, error, skips, reason } = factsOf(payloadJson);
  const skipped = skips.map(([name, why]) => lineOf(SKIPPED, `${name} ${SKIPPED.word}: ${why}`));
  const shown = MARKS[kind];
  if (shown === undefined) {
    return skipped;
  }
  const isReported = kind === RunEventKind.STEP_COMPLETED && error !== undefined;
  const mark = isReported ? FAILED : shown;
  const time = durationMs === undefined ? "" : `  ${durationText(durationMs)}`;
  const said = error ?? reason;
  const why = said === undefined ? "" : `: ${said}`;
  return [lineOf(mark, `${step} ${mark.word}${time}${why}`), ...skipped];
}

function lineOf({ mark, colour }: Mark, text: string): Line {
  return { mark, colour, text };
}

/** What of an event's payload is shown; nothing of one that is stored apart. */
function factsOf(payloadJson: string): {
  durationMs: number | undefined;
  error: string | undefined;
  /** Steps that were skipped with this one, and why. */
  skips: readonly (readonly [string, string])[];
  /** Why it was skipped. */
  reason: string | undefined;
} {
  const payload: unknown = JSON.parse(payloadJson === "" ? "{}" : payloadJson);
  const has = (name: string): unknown =>
    typeof payload === "object" && payload !== null
      ? Object.entries(payload).find(([key]) => key === name)?.[1]
      : undefined;
  const durationMs = has("ms");
  const error = has("error");
  const skips = has("skips");
  const reason = has("skip_reason");
  const message =
    typeof error === "object" && error !== null && "message" in error ? error.message : undefined;
  return {
    durationMs: typeof durationMs === "number" ? durationMs : undefined,
    error: typeof message === "string" ? message : undefined,
    skips: skipsOf(skips),
    reason: typeof reason === "string" ? wordsFor(reason) : undefined,
  };
}

function skipsOf(skips: unknown): readonly (readonly [string, string])[] {
  return typeof skips === "object" && skips !== null
    ? Object.entries(skips).map(([name, reason]) => [name, wordsFor(String(reason))])
    : [];
}

/** `dependency_failed` as a person writes it. */
function wordsFor(reason: string): string {
  return reason.replaceAll("_", " ");
}
