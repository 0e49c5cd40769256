import { type RunEvent, RunEventKind } from "@orchestrator/proto/v1/run_pb";

import { type Io, mayColour } from "../io.ts";
import { durationText } from "../output/words.ts";

type Shown = { readonly isShown: boolean; readonly isVerbose: boolean };

const MARKS: Readonly<
  Record<number, { readonly mark: string; readonly word: string; readonly colour: number }>
> = {
  [RunEventKind.STEP_COMPLETED]: { mark: "✓", word: "completed", colour: 32 },
  [RunEventKind.STEP_FAILED]: { mark: "✗", word: "failed", colour: 31 },
  [RunEventKind.STEP_SKIPPED]: { mark: "-", word: "skipped", colour: 90 },
  [RunEventKind.STEP_CANCELLED]: { mark: "✗", word: "cancelled", colour: 33 },
  [RunEventKind.ATTEMPT_FAILED]: { mark: "↻", word: "failed, and is tried again", colour: 33 },
  [RunEventKind.ATTEMPT_LOST]: { mark: "↻", word: "lost, and is made again", colour: 33 },
};

/** Shows on stderr what happens in a run: a line for every step that settles, with `-v` one for every event. */
export class Progress {
  readonly #io: Io;
  readonly #shown: Shown;
  readonly #hasColour: boolean;

  constructor(io: Io, shown: Shown) {
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
      const line = lineFor(event);
      if (line !== undefined) {
        this.#io.stderr.write(`${this.#coloured(line.mark, line.colour)} ${line.text}\n`);
      }
    }
  }

  #coloured(text: string, colour: number): string {
    return this.#hasColour ? `\u001B[${colour}m${text}\u001B[0m` : text;
  }
}

function lineFor({
  kind,
  step,
  payloadJson,
}: RunEvent): { mark: string; colour: number; text: string } | undefined {
  const mark = MARKS[kind];
  if (mark === undefined) {
    return undefined;
  }
  const { durationMs, error } = factsOf(payloadJson);
  const isReported = kind === RunEventKind.STEP_COMPLETED && error !== undefined;
  const time = durationMs === undefined ? "" : `  ${durationText(durationMs)}`;
  const why = error === undefined ? "" : `: ${error}`;
  return isReported
    ? { mark: "✗", colour: 31, text: `${step} failed${time}${why}` }
    : { mark: mark.mark, colour: mark.colour, text: `${step} ${mark.word}${time}${why}` };
}

function factsOf(payloadJson: string): {
  durationMs: number | undefined;
  error: string | undefined;
} {
  const payload: unknown = JSON.parse(payloadJson === "" ? "{}" : payloadJson);
  const has = (name: string): unknown =>
    typeof payload === "object" && payload !== null
      ? Object.entries(payload).find(([key]) => key === name)?.[1]
      : undefined;
  const durationMs = has("ms");
  const error = has("error");
  const message =
    typeof error === "object" && error !== null && "message" in error ? error.message : undefined;
  return {
    durationMs: typeof durationMs === "number" ? durationMs : undefined,
    error: typeof message === "string" ? message : undefined,
  };
}
