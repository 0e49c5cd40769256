export { below, type Draw, drawFrom, oneOf } from "./draw.ts";
export { type Behaviour, randomPlan, type RandomPlan } from "./random-plan.ts";
export { ONE_ATTEMPT, testPlan, type TestStep } from "./test-plan.ts";
