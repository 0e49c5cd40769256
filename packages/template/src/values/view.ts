import type { Value } from "./value.ts";

/** What stands for a step's result in expressions (L69–L71); made by whoever knows the step. */
export interface View {
  readonly kind: "view";
  /** R, or ABSENT. */
  value(): Value;
  /** L69 reserved fields first, then the order of L70; MISSING or ABSENT when there is none. */
  field(name: string): Value;
  /** L71: succeeded or recovered, and R is not false by L5, or by L76 in a condition. */
  truth(asCondition: boolean): boolean;
  /** It has an R. */
  readonly defined: boolean;
  readonly status: string;
}
