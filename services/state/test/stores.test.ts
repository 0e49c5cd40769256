import { testDatabases } from "@orchestrator/postgres/testing";

import { MIGRATIONS } from "../src/migrations.ts";
import { describeStores } from "../src/stores.contract.ts";

for (const driver of testDatabases()) {
  describeStores(driver.name, () => driver.open([MIGRATIONS]));
}
