import type { Build } from "../build.ts";
import { SERVICES } from "../facts.ts";
import { at, fieldsOf, listOf, textOf } from "../json.ts";
import { type Manifest, ofKind, selects, titleOf } from "../manifest.ts";
import type { Pod } from "../pod.ts";

/** Selectors find the pods that they are meant for, and no others. */
export function selectorProblems(build: Build): readonly string[] {
  return [
    ...build.pods.flatMap((pod) => ownProblems(pod, build.pods)),
    ...["Service", "PodDisruptionBudget", "NetworkPolicy"].flatMap((kind) =>
      ofKind(build.manifests, kind).flatMap((manifest) => aimProblems(manifest, build)),
    ),
    ...ofKind(build.manifests, "ServiceMonitor").flatMap((monitor) =>
      monitorProblems(monitor, build),
    ),
    ...build.manifests.flatMap(placeProblems),
  ];
}

function ownProblems({ title, owner, labels, spec }: Pod, pods: readonly Pod[]): readonly string[] {
  if (owner.kind !== "Deployment") {
    return [];
  }
  const selector = at(owner.fields, "spec.selector");
  const strangers = pods.filter((pod) => pod.owner !== owner && selects(selector, pod.labels));
  const spread = listOf(spec["topologySpreadConstraints"]);
  const keys = new Set(spread.map((constraint) => textOf(at(constraint, "topologyKey"))));
  return [
    ...(selects(selector, labels) ? [] : [`${title} does not select its own pods`]),
    ...strangers.map((pod) => `${title} selects the pods of ${pod.title} too`),
    ...["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
      .filter((key) => !keys.has(key))
      .map((key) => `${title} is not spread by ${key}`),
    ...spread
      .filter((constraint) => !selects(at(constraint, "labelSelector"), labels))
      .map(
        (constraint) => `${title} is spread by others: ${textOf(at(constraint, "topologyKey"))}`,
      ),
  ];
}

/** What is aimed at one component says so in its selector, and finds it. */
function aimProblems(manifest: Manifest, { pods }: Build): readonly string[] {
  const path = { NetworkPolicy: "spec.podSelector", Service: "spec.selector" }[manifest.kind];
  const selector = at(manifest.fields, path ?? "spec.selector");
  const found = pods.filter(({ labels }) => selects(selector, labels));
  const components = new Set(found.map(({ component }) => component));
  const isAimed = manifest.kind !== "NetworkPolicy";
  return [
    ...(found.length === 0 ? [`${titleOf(manifest)} selects no pods`] : []),
    ...(isAimed && components.size > 1
      ? [`${titleOf(manifest)} selects ${[...components].join(", ")}`]
      : []),
  ];
}

/** A monitor reads the ops ports of all four services, and calls their jobs as rules and dashboards do: by the service. */
function monitorProblems(monitor: Manifest, { manifests }: Build): readonly string[] {
  const ports = new Set(listOf(at(monitor.fields, "spec.endpoints")).map((end) => at(end, "port")));
  const jobLabel = textOf(at(monitor.fields, "spec.jobLabel"));
  const jobs = new Set(
    ofKind(manifests, "Service")
      .filter(({ labels }) => selects(at(monitor.fields, "spec.selector"), labels))
      .filter(({ fields }) =>
        listOf(at(fields, "spec.ports")).some((port) => ports.has(at(port, "name"))),
      )
      .map(({ labels }) => labels[jobLabel]),
  );
  return SERVICES.filter((name) => !jobs.has(name)).map(
    (name) => `${titleOf(monitor)} does not read ${name}`,
  );
}

const CLUSTER_WIDE = new Set(["Namespace"]);
const NAME = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;
const LABEL = /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;

/** Everything is of the mesh, in its namespace, and called as a cluster lets things be called. */
function placeProblems(manifest: Manifest): readonly string[] {
  const { name, namespace, kind, labels } = manifest;
  const isPlaced = CLUSTER_WIDE.has(kind) || namespace === "orchestrator";
  const odd = Object.values(fieldsOf(labels)).filter((value) => !LABEL.test(String(value)));
  return [
    ...(isPlaced ? [] : [`${titleOf(manifest)} is not in the namespace orchestrator`]),
    ...(NAME.test(name) ? [] : [`${titleOf(manifest)} has a name that no cluster takes`]),
    ...odd.map(
      (value) => `${titleOf(manifest)} has a label that no cluster takes: ${String(value)}`,
    ),
    ...(labels["app.kubernetes.io/name"] === "orchestrator"
      ? []
      : [`${titleOf(manifest)} does not say whose it is`]),
  ];
}
