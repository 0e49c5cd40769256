import type { StoredFile } from "@orchestrator/pipeline";

import type { Clock } from "./clock.ts";
import type { AssignedRun, RunStore } from "./run-channel.ts";
import type { RunWorkspace, Workspaces } from "./workspaces.ts";

/** How long tools that were stopped may take to let go of their files. */
const CLOSE_MS = 10_000;

/** What opening takes. */
export type HeldWorkspaceOptions = {
  readonly run: AssignedRun;
  readonly workspaces: Workspaces;
  readonly store: RunStore;
  /** What is in it at first. */
  readonly files: () => readonly StoredFile[];
};

/** The one workspace of a holding, opened when the first step needs it: most runs of plain values never do. */
export class HeldWorkspace {
  readonly #options: HeldWorkspaceOptions;
  #opening: Promise<RunWorkspace> | undefined;

  constructor(options: HeldWorkspaceOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#opening !== undefined;
  }

  open(signal: AbortSignal): Promise<RunWorkspace> {
    if (this.#opening === undefined) {
      const { run, workspaces, store, files } = this.#options;
      const opening = workspaces.open(run, { files: files(), store }, signal);
      this.#opening = opening;
      opening.catch(() => {
        // Its steps fail by this; the next one tries again.
        this.#opening = undefined;
      });
    }
    return this.#opening;
  }

  /** Removes what was made, when no tool uses it any more, or does not stop. */
  async close(quiet: Promise<void> | undefined, { clock }: { clock: Clock }): Promise<void> {
    if (quiet !== undefined) {
      await Promise.race([quiet, waited(CLOSE_MS, clock)]);
    }
    const workspace = await this.#opening;
    await workspace?.[Symbol.asyncDispose]();
  }
}

function waited(delayMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
