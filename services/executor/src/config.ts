import { hostname } from "node:os";
import { join } from "node:path";

import type { Secret, Settings } from "@orchestrator/service";

/** What an executor is told, beside how its process listens and logs. */
export type Config = {
  /** For the process kit: ports, logs, traces. */
  readonly settings: Settings;
  /** Name for people: host and process. */
  readonly executor: string;
  /** Runs that it holds at most. */
  readonly capacity: number;
  /** Whether tools may run programs of this host (`tools.host_processes`). */
  readonly hostProcesses: boolean;
  /** Variables that pipelines may read (`tools.environment`), with their values. */
  readonly environment: ReadonlyMap<string, Secret>;
  /** Folder under which runs get private workspaces. */
  readonly workspacesDirectory: string;
  /** The mesh's own store: never part of a workspace (L168). */
  readonly storeDirectory: string;
};

const CAPACITY = 1_024;

/** Picks from a process's settings what an executor needs. */
export function configFromSettings(settings: Settings): Config {
  const { storage, tools } = settings;
  return {
    settings,
    executor: `${hostname()}:${process.pid}`,
    capacity: CAPACITY,
    hostProcesses: tools.hostProcesses,
    environment: tools.environment,
    workspacesDirectory: join(storage.path, "workspaces"),
    storeDirectory: storage.path,
  };
}
