import type { GlobalDefinition } from "../call-context.ts";
import { PURE_GLOBALS } from "./pure.ts";
import { ROW_GLOBALS } from "./row.ts";
import { RUN_GLOBALS } from "./run.ts";

const TEMPLATE_DEFINITIONS: ReadonlyMap<string, GlobalDefinition> = new Map(
  Object.entries({ ...PURE_GLOBALS, ...RUN_GLOBALS }),
);
const ROW_DEFINITIONS: ReadonlyMap<string, GlobalDefinition> = new Map(
  Object.entries({ ...PURE_GLOBALS, ...ROW_GLOBALS }),
);

/** The functions that can be called: in a row expression, none that only a run has (L74, L197). */
export function globalsFor({
  row,
}: {
  readonly row: boolean;
}): ReadonlyMap<string, GlobalDefinition> {
  return row ? ROW_DEFINITIONS : TEMPLATE_DEFINITIONS;
}
