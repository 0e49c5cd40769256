import { FILTER_DEFINITIONS } from "./filters/registry.ts";
import { JSON_LOADS } from "./globals/names.ts";
import { globalsFor } from "./globals/registry.ts";
import { TEST_DEFINITIONS } from "./tests/registry.ts";

/** Names of the filters (L72). */
export const FILTERS: ReadonlySet<string> = new Set(FILTER_DEFINITIONS.keys());

/** Names of the tests (L73, L71). */
export const TESTS: ReadonlySet<string> = new Set(TEST_DEFINITIONS.keys());

/** Names of the functions (L74). */
export const GLOBALS: ReadonlySet<string> = new Set(
  [...globalsFor({ row: false }).keys()].filter((name) => name !== JSON_LOADS),
);
