import type { Build } from "./build.ts";
import type { Facts } from "./facts.ts";
import { containerProblems } from "./policies/containers.ts";
import { edgeProblems } from "./policies/edge.ts";
import { imageProblems } from "./policies/images.ts";
import { networkProblems } from "./policies/network.ts";
import { referenceProblems } from "./policies/references.ts";
import { ruleProblems } from "./policies/rules.ts";
import { scalingProblems } from "./policies/scaling.ts";
import { selectorProblems } from "./policies/selectors.ts";
import { settingsProblems } from "./policies/settings.ts";

const POLICIES: readonly ((build: Build, facts: Facts) => readonly string[])[] = [
  containerProblems,
  selectorProblems,
  referenceProblems,
  settingsProblems,
  scalingProblems,
  networkProblems,
  edgeProblems,
  imageProblems,
  ruleProblems,
];

/** What is wrong with a build that every schema is satisfied with. */
export function policyProblems(build: Build, facts: Facts): readonly string[] {
  return POLICIES.flatMap((policy) => policy(build, facts));
}
