import type { TestDefinition } from "../call-context.ts";
import { COMPARISON_TESTS } from "./comparisons.ts";
import { KIND_TESTS } from "./kinds.ts";
import { NUMBER_TESTS } from "./numbers.ts";
import { STATUS_TESTS } from "./status.ts";

/** Every test (L73). */
export const TEST_DEFINITIONS: ReadonlyMap<string, TestDefinition> = new Map(
  Object.entries({ ...COMPARISON_TESTS, ...KIND_TESTS, ...NUMBER_TESTS, ...STATUS_TESTS }),
);
