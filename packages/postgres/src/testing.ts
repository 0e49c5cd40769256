// What tests need: servers of their own, and databases of their own within one.
export {
  findPostgres,
  type PrivatePostgres,
  type PrivatePostgresOptions,
  type StopMode,
  startPrivatePostgres,
} from "./testing/private-postgres.ts";
export { freePort, killedWithParent } from "./testing/private-process.ts";
export {
  openTestDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
} from "./testing/test-database.ts";
export { type TestDriver, testDatabases, testPostgresUrl } from "./testing/test-drivers.ts";
