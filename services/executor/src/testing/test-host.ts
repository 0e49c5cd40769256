import { openPlan } from "@orchestrator/pipeline";
import { runDataJob } from "@orchestrator/tools";

import type { HeavyWork } from "../heavy-work.ts";
import type { Models } from "../models.ts";
import { renderJob } from "../render-job.ts";
import { createRunHost, type RunHostDeps } from "../run-host.ts";
import type { RunObserver } from "../run-observer.ts";
import type { SecretSource } from "../secrets.ts";
import type { Workspaces } from "../workspaces.ts";
import type { ManualClock } from "./manual-clock.ts";
import type { MemoryState } from "./state-in-memory.ts";

/** What went wrong inside a host, for a test to look at. */
export type Troubles = {
  readonly broke: unknown[];
  readonly troubled: unknown[];
  readonly left: string[];
};

/** A host over a state in memory: no threads, no models, no files unless given. */
export function testHost(
  state: MemoryState,
  {
    clock,
    attemptEnded = () => {},
    ...given
  }: { clock: ManualClock; attemptEnded?: RunObserver["attemptEnded"] } & Partial<RunHostDeps>,
): { readonly host: ReturnType<typeof createRunHost>; readonly troubles: Troubles } {
  const troubles: Troubles = { broke: [], troubled: [], left: [] };
  const host = createRunHost({
    store: state.store,
    fence: { mayStart: () => true, onOpen: () => {} },
    models: noModels,
    secrets: noSecrets,
    workspaces: noFiles,
    heavyWork: heavyWorkHere,
    spans: { start: () => undefined },
    observer: {
      attemptEnded,
      runEnded: () => {},
      runLeft: ({ reason }) => troubles.left.push(reason),
      runBroke: ({ error }) => troubles.broke.push(error),
      troubled: ({ error }) => troubles.troubled.push(error),
    },
    clock,
    random: () => 0.5,
    hostProcesses: true,
    ...given,
  });
  return { host, troubles };
}

/** Lets everything that can go on go on. */
export async function settle(turns = 6): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Waits for something that other threads or the file system have to do first. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isSo()) {
    if (performance.now() > deadline) {
      throw new Error(`waited in vain until ${what}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

/** A deployment without secrets. */
const noSecrets: SecretSource = {
  reveal: async () => ({ values: {}, unreadable: [] }),
  variable: () => undefined,
};

/** Heavy work without threads. */
export const heavyWorkHere: HeavyWork = {
  render: async (job) => renderJob(job, openPlan(job.plan)),
  compute: (job) => Promise.resolve(runDataJob(job)),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

const noModels: Models = {
  generate: () => Promise.reject(new Error("no model is expected here")),
  select: () => Promise.reject(new Error("no model is expected here")),
};

const noFiles: Workspaces = {
  open: () => Promise.reject(new Error("no workspace is expected here")),
};
