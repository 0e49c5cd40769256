import { existsSync } from "node:fs";
import { join } from "node:path";

import { type Database, openPglite, prepareStore, storeCache } from "@orchestrator/postgres";
import { openWakeups, type Wakeups } from "@orchestrator/redis";
import { MIGRATIONS as REGISTRY } from "@orchestrator/registry";
import type { ServiceName, Settings } from "@orchestrator/service";
import { MIGRATIONS as STATE } from "@orchestrator/state";

/** What services of one process share: nothing where each opens its own PostgreSQL. */
export type Stores = AsyncDisposable & {
  readonly parts: { readonly database?: Database; readonly wakeups?: Wakeups };
};

/** Every schema of a store, in the order in which a ready-made store has them: by name. */
export const SCHEMAS = [REGISTRY, STATE] as const;

const OWNERS: readonly ServiceName[] = ["state", "registry"];

/** Open the embedded store, which one process holds alone; with PostgreSQL every service opens its own connections. */
export async function openStores(
  settings: Settings,
  services: readonly ServiceName[],
): Promise<Stores> {
  const isNeeded = OWNERS.some((owner) => services.includes(owner));
  if (settings.storage.backend === "postgres" || !isNeeded) {
    return { parts: {}, async [Symbol.asyncDispose]() {} };
  }
  const database = await openEmbeddedStore(settings);
  const wakeups = await openWakeups();
  return {
    parts: { database, wakeups },
    async [Symbol.asyncDispose]() {
      await wakeups[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Open the embedded store of the settings; a new one begins as a copy of a ready-made one. */
export async function openEmbeddedStore({ storage }: Pick<Settings, "storage">): Promise<Database> {
  if (storage.backend === "memory") {
    return openPglite({ prepared: await ready() });
  }
  const directory = join(storage.path, "store");
  return existsSync(join(directory, "data"))
    ? openPglite({ directory })
    : openPglite({ directory, prepared: await ready() });
}

function ready(): Promise<string> {
  return prepareStore({ cacheDir: storeCache(), migrations: SCHEMAS });
}
