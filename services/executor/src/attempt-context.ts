import { type DataJob, runDataJob, type ToolContext, type Workspace } from "@orchestrator/tools";

import { isLargerThan } from "./json-size.ts";
import type { Job, PerformDeps } from "./perform.ts";

/** What a tool is given. A class, so that signals are made only when they are asked for. */
export class AttemptContext implements ToolContext {
  readonly workspace: Workspace;
  readonly hostProcesses: boolean;
  readonly #job: Job;
  readonly #deps: PerformDeps;

  readonly #part: string;

  /** `part`: which of several calls of the attempt it is. */
  constructor(
    job: Job,
    { deps, workspace, part }: { deps: PerformDeps; workspace: Workspace; part?: number },
  ) {
    this.#part = part === undefined ? "" : `/${part}`;
    this.#job = job;
    this.#deps = deps;
    this.workspace = workspace;
    this.hostProcesses = deps.hostProcesses;
  }

  get signal(): AbortSignal {
    return this.#job.attempt.signal;
  }

  get now(): () => Date {
    return () => new Date(this.#deps.nowMs());
  }

  get progress(): () => void {
    return () => this.#job.attempt.progress();
  }

  get resourceLimits(): ToolContext["resourceLimits"] {
    return this.#job.step.resourceLimits;
  }

  /** I5: a repeated effect carries the same key. */
  get idempotencyKey(): string {
    return `${this.#deps.runId}/${this.#job.id}/${this.#job.attempt.number}${this.#part}`;
  }

  /** What is light is done here: a thread costs more. */
  get compute(): NonNullable<ToolContext["compute"]> {
    return async (job) =>
      isLight(job) ? runDataJob(job) : this.#deps.heavyWork.compute(job, this.#job.attempt.signal);
  }
}

/** For actions that end in the turn in which they begin: nobody could stop them. */
export class PlainContext extends AttemptContext {
  override get signal(): AbortSignal {
    return NEVER;
  }
}

const NEVER = new AbortController().signal;

/** Bytes of data that are worked off within a few milliseconds. */
const LIGHT_BYTES = 64 * 1024;

function isLight({ files, parameters }: DataJob): boolean {
  const read = Object.values(files).reduce((sum, text) => sum + text.length, 0);
  return read <= LIGHT_BYTES && !isLargerThan(parameters, LIGHT_BYTES);
}
