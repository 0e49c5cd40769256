// Makes the store that a new embedded database is copied from, so that the first start takes a second, not five.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { prepareStore, storeCache } from "@orchestrator/postgres";

const migrations = readdirSync("services")
  .toSorted()
  .map((service) => ({ schema: service, directory: join("services", service, "migrations") }))
  .filter(({ directory }) => existsSync(directory));

console.log(`prepared ${await prepareStore({ cacheDir: storeCache(), migrations })}`);
