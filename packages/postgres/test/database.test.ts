import { testDatabases } from "../src/testing.ts";
import { describeDatabase } from "./database.contract.ts";
import { describeMigrations } from "./migrations.contract.ts";

for (const driver of testDatabases()) {
  describeDatabase(driver);
  describeMigrations(driver);
}
