import type { Json } from "@orchestrator/template";

import type { JsonObject } from "../events.ts";
import type { PlanAuto } from "../plan.ts";

/** An AUTO that is to be resolved before its owner goes on (L128). */
export type AutoQuestion = Omit<PlanAuto, "name" | "body"> & {
  /** The instance whose record gets the answer; empty for the run itself. */
  readonly instance: string;
  /** What the tag says, rendered. */
  readonly instruction: string;
  readonly produces: string | null;
  readonly description: string | null;
  /** Results of the owner's direct dependencies, within bounds. */
  readonly context: JsonObject;
  /** The answer that came with the run: no model is asked (L131). */
  readonly response?: { readonly value: Json };
};
