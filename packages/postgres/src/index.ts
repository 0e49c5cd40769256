export { ArrayParam, byteas, int2s, int4s, int8s, texts, uuids } from "./array-param.ts";
export {
  array,
  bigint,
  bool,
  bytes,
  float,
  int,
  json,
  none,
  optional,
  text,
  textMap,
  time,
} from "./columns.ts";
export { type Migrations, type MigrationStatus, migrate, migrationStatus } from "./migrations.ts";
export { openPglite, type PgliteOptions } from "./pglite.ts";
export { openPostgres, type PostgresOptions } from "./postgres.ts";
export { type PreparedStoreOptions, prepareStore, storeCache } from "./prepared-store.ts";
export { isSerializationFailure, isUnavailable, mayHaveMoved, sqlStateOf } from "./sql-error.ts";
export type { Database, Lane, LaneOptions, Param, Sql, Statement } from "./sql.ts";
export { StoreInUse } from "./store-lock.ts";
export { StoreMismatch } from "./store-mismatch.ts";
