import type { ExitCode } from "./exit-code.ts";

/** Where a command reads and writes: the process's own in main.ts, a test's otherwise. */
export type Io = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What was piped in, where there is something to read. */
  readonly stdin?: Source;
  /** Data. */
  readonly stdout: Sink;
  /** Progress and errors. */
  readonly stderr: Sink;
  /** End the process though something still goes on: after two seconds, in which it may end by itself. */
  leaveSoon(exitCode: ExitCode): void;
};

export type Source = {
  readonly isTerminal: boolean;
  /** All of it. */
  read(): string;
};

export type Sink = {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Aborts when nobody reads any more: what is written from then on is dropped. */
  readonly closed?: AbortSignal;
};

/** Whether words may be coloured: on a terminal, unless it is refused. */
export function mayColour(
  { env }: Pick<Io, "env">,
  { isTerminal }: Pick<Sink, "isTerminal">,
): boolean {
  return isTerminal && !env["NO_COLOR"] && env["CI"] !== "true";
}
