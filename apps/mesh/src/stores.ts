import { join } from "node:path";

import { type Database, openPglite } from "@orchestrator/postgres";
import { openWakeups, type Wakeups } from "@orchestrator/redis";
import type { ServiceName, Settings } from "@orchestrator/service";

/** What services of one process share: nothing where each opens its own PostgreSQL. */
export type Stores = AsyncDisposable & {
  readonly database?: Database;
  readonly wakeups?: Wakeups;
};

const OWNERS: readonly ServiceName[] = ["state", "registry"];

/** Open the embedded store, which one process holds alone; with PostgreSQL every service opens its own connections. */
export async function openStores(
  settings: Settings,
  services: readonly ServiceName[],
): Promise<Stores> {
  const { storage } = settings;
  const isNeeded = OWNERS.some((owner) => services.includes(owner));
  if (storage.backend === "postgres" || !isNeeded) {
    return { async [Symbol.asyncDispose]() {} };
  }
  const database = await openPglite(
    storage.backend === "memory" ? {} : { directory: join(storage.path, "store") },
  );
  const wakeups = openWakeups({});
  return {
    database,
    wakeups,
    async [Symbol.asyncDispose]() {
      await wakeups[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
