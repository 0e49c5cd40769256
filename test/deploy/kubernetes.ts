import { AGREEMENT_MUTANTS } from "./kubernetes/agreement-mutants.ts";
import { knownAnnotations } from "./kubernetes/annotations.ts";
import { type Build, buildOf } from "./kubernetes/build.ts";
import { type Facts, readFacts } from "./kubernetes/facts.ts";
import { followGuide } from "./kubernetes/guide.ts";
import { KUSTOMIZE, kustomize } from "./kubernetes/kustomize.ts";
import { has, type Mutant, mutated } from "./kubernetes/mutant.ts";
import { OBJECT_MUTANTS } from "./kubernetes/object-mutants.ts";
import { policyProblems } from "./kubernetes/policies.ts";
import { openSchemas, type Schemas, SCHEMAS_OF } from "./kubernetes/schemas.ts";
import type { Verification } from "./verification.ts";

const FOLDERS = ["base", "overlays/production", "overlays/production-gateway-api"].map(
  (folder) => `deploy/k8s/${folder}`,
);

const MUTANTS = [...OBJECT_MUTANTS, ...AGREEMENT_MUTANTS];

type Judge = { readonly schemas: Schemas; readonly facts: Facts };

/** Builds what kubectl would apply, judges every object of it, and shows that the judge sees faults. */
export const kubernetes: Verification = {
  artefact: "deploy/k8s",
  packages: ["openssl"],
  async verify() {
    const judge = { schemas: openSchemas(), facts: readFacts(knownAnnotations()) };
    const builds = FOLDERS.map((folder) => buildOf(folder, kustomize(folder)));
    refuseAny(builds.flatMap((build) => problemsOf(build, judge)));
    const [, production] = builds;
    if (production === undefined) {
      throw new Error("there is no overlay for production");
    }
    const guide = followGuide(production);
    const overlay = buildOf("the overlay of the guide", guide.overlay);
    refuseAny([...guide.problems, ...guide.overlay.flatMap((manifest) => judge.schemas(manifest))]);
    const missed = MUTANTS.filter((mutant) => !isFound(mutant, { builds, judge }));
    refuseAny(missed.map(({ object, path }) => `nobody minds ${object} ${path.join(".")}`));
    const objects = builds.map(({ manifests }) => manifests.length).join(" + ");
    return (
      `kustomize ${KUSTOMIZE.version}: ${objects} objects of ${FOLDERS.length} folders satisfy the schemas ` +
      `(${SCHEMAS_OF}; unknown fields refused) and the policies; ${MUTANTS.length} of ${MUTANTS.length} faults put into ` +
      `them are found; of the guide ${overlay.manifests.length} objects of its overlay are built, ${guide.ran} commands run, ` +
      `${guide.compared} that want a cluster only compared with the build`
    );
  },
};

function problemsOf(build: Build, { schemas, facts }: Judge): readonly string[] {
  return [
    ...build.manifests.flatMap((manifest) => schemas(manifest)),
    ...policyProblems(build, facts),
  ].map((problem) => `${build.folder}: ${problem}`);
}

/** In the last build that has the object, for it has the most. */
function isFound(
  mutant: Mutant,
  { builds, judge }: { readonly builds: readonly Build[]; readonly judge: Judge },
): boolean {
  const build = builds.findLast((each) => has(each, mutant));
  return (
    build !== undefined &&
    problemsOf(mutated(build, mutant), judge).some((problem) => mutant.finds.test(problem))
  );
}

function refuseAny(problems: readonly string[]): void {
  if (problems.length > 0) {
    throw new Error(`${problems.length} problems:\n${problems.join("\n")}`);
  }
}
