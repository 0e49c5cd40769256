import { type Plan, PLAN_VERSION } from "../plan.ts";

/** Reads a stored plan. Only the compiler of this version writes them, so their inside is trusted. */
export function planFromJson(json: unknown): Plan {
  if (!isPlan(json)) {
    throw new Error(`not a plan of version ${PLAN_VERSION}`);
  }
  return json;
}

function isPlan(json: unknown): json is Plan {
  return (
    typeof json === "object" &&
    json !== null &&
    "planVersion" in json &&
    json.planVersion === PLAN_VERSION &&
    "steps" in json &&
    Array.isArray(json.steps)
  );
}
