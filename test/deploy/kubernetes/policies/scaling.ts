import type { Build } from "../build.ts";
import type { Facts } from "../facts.ts";
import { at, fieldsOf, listOf, textOf } from "../json.ts";
import { type Manifest, ofKind, selects, titleOf } from "../manifest.ts";
import type { Pod } from "../pod.ts";
import { quantity } from "../quantity.ts";
import { failed } from "./checks.ts";

/** As the deployment guide has them. */
const REPLICAS = 3;
const MOST_REPLICAS = 20;
/** Those that keep connections to the database are not scaled: the database would have to be first. */
const SCALED = ["executor", "gateway"];

/** Numbers of replicas, what may change them, and how many may be gone at once. */
export function scalingProblems(build: Build, facts: Facts): readonly string[] {
  const services = build.pods.filter(({ owner }) => owner.kind === "Deployment");
  const scaled = ofKind(build.manifests, "HorizontalPodAutoscaler").map((autoscaler) =>
    targetOf(autoscaler, "spec.scaleTargetRef"),
  );
  return [
    ...(scaled.toSorted().join() === SCALED.join() ? [] : [`scaled are ${scaled.join()}`]),
    ...services.flatMap((pod) => [
      ...replicaProblems(pod, scaled.includes(pod.owner.name)),
      ...budgetProblems(pod, build),
    ]),
    ...ofKind(build.manifests, "HorizontalPodAutoscaler").flatMap(horizontalProblems),
    ...verticalProblems(build, services),
    ...connectionProblems(build, { services, facts }),
  ];
}

function replicaProblems({ title, owner }: Pod, isScaled: boolean): readonly string[] {
  const replicas = at(owner.fields, "spec.replicas");
  if (isScaled) {
    return replicas === undefined ? [] : [`${title} takes back what its autoscaler did`];
  }
  return replicas === REPLICAS ? [] : [`${title} has ${String(replicas)} replicas`];
}

function horizontalProblems(autoscaler: Manifest): readonly string[] {
  const { minReplicas, maxReplicas } = fieldsOf(autoscaler.fields["spec"]);
  const by = listOf(at(autoscaler.fields, "spec.metrics")).map((one) => at(one, "resource.name"));
  const isRight = minReplicas === REPLICAS && maxReplicas === MOST_REPLICAS && by.join() === "cpu";
  return isRight ? [] : [`${titleOf(autoscaler)} does not go from 3 to 20 by CPU`];
}

/** One budget for each service, which lets one pod go at a time, and always lets one go. */
function budgetProblems({ title, labels }: Pod, { manifests }: Build): readonly string[] {
  const budgets = ofKind(manifests, "PodDisruptionBudget").filter(({ fields }) =>
    selects(at(fields, "spec.selector"), labels),
  );
  return budgets.length === 1 && at(budgets[0]?.fields, "spec.maxUnavailable") === 1
    ? []
    : [`${title} has ${budgets.length} budgets of disruptions, or another than one pod at a time`];
}

function verticalProblems({ manifests }: Build, services: readonly Pod[]): readonly string[] {
  const autoscalers = ofKind(manifests, "VerticalPodAutoscaler");
  const targets = autoscalers.map((each) => targetOf(each, "spec.targetRef"));
  const isWhole = autoscalers.length === 0 || targets.length === services.length;
  return [
    ...(isWhole ? [] : [`only ${targets.join()} are watched by a VerticalPodAutoscaler`]),
    ...autoscalers.flatMap((autoscaler) => {
      const pod = services.find(
        ({ owner }) => owner.name === targetOf(autoscaler, "spec.targetRef"),
      );
      const mode = at(autoscaler.fields, "spec.updatePolicy.updateMode");
      return failed(titleOf(autoscaler), [
        [mode === "Off", "acts on what another one scales"],
        [pod !== undefined, "has no target"],
        [pod === undefined || fits(autoscaler, pod), "does not fit what its target requests"],
      ]);
    }),
  ];
}

function fits(autoscaler: Manifest, pod: Pod): boolean {
  const policies = listOf(at(autoscaler.fields, "spec.resourcePolicy.containerPolicies"));
  return policies.every((policy) => {
    const container = pod.containers.find(
      ({ fields }) => fields["name"] === at(policy, "containerName"),
    );
    return ["cpu", "memory"].every((name) => {
      const requested = quantity(at(container?.fields, `resources.requests.${name}`));
      const [least, most] = ["minAllowed", "maxAllowed"].map((key) => at(policy, `${key}.${name}`));
      return quantity(least) <= requested && requested <= quantity(most);
    });
  });
}

/** While a version rolls out there is one pod more of each. */
function connectionProblems(
  build: Build,
  { services, facts }: { readonly services: readonly Pod[]; readonly facts: Facts },
): readonly string[] {
  const most = services
    .filter(({ component }) => facts.stores.has(`${component} postgres`))
    .map((pod) => {
      const told = build.told.get(pod.component);
      const database = told?.kind === "settings" ? told.settings.database : undefined;
      const surge = Number(at(pod.owner.fields, "spec.strategy.rollingUpdate.maxSurge"));
      const pods = Number(at(pod.owner.fields, "spec.replicas")) + surge;
      const lanes = facts.lanes.get(pod.component) ?? 0;
      return pods * ((database?.poolSize ?? 0) + (database?.maxOverflow ?? 0) + lanes);
    })
    .reduce((sum, connections) => sum + connections, 0);
  return facts.connectionsPromised > most && facts.connectionsPromised < most * 1.2
    ? []
    : [`services may open ${most} connections, the guide asks for ${facts.connectionsPromised}`];
}

function targetOf(manifest: Manifest, path: string): string {
  const { kind, name } = fieldsOf(at(manifest.fields, path));
  return kind === "Deployment" ? textOf(name) : `${textOf(kind)}/${textOf(name)}`;
}
