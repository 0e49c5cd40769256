import type { Build } from "./build.ts";
import { at, type Fields, fieldsOf, isFields, listOf, textOf } from "./json.ts";
import { type Manifest, ofKind, selects } from "./manifest.ts";
import type { Pod } from "./pod.ts";

type Direction = "Ingress" | "Egress";

/** What policies let pods do, a line for each: `executor -> state TCP 7003`. */
export type Flows = {
  /** By the rules of who sends. */
  readonly sent: ReadonlySet<string>;
  /** By the rules of who receives. */
  readonly received: ReadonlySet<string>;
  /** Pods that no policy restricts in a direction: they may do anything. */
  readonly unrestricted: readonly string[];
};

/** Reads every NetworkPolicy of a build. */
export function flowsOf({ manifests, pods }: Build): Flows {
  const policies = ofKind(manifests, "NetworkPolicy");
  const sent = new Set<string>();
  const received = new Set<string>();
  for (const policy of policies) {
    const ours = pods.filter(({ labels }) =>
      selects(at(policy.fields, "spec.podSelector"), labels),
    );
    for (const { component } of ours) {
      for (const { peer, port } of rulesOf(policy, { direction: "Egress", pods })) {
        sent.add(`${component} -> ${peer} ${port}`);
      }
      for (const { peer, port } of rulesOf(policy, { direction: "Ingress", pods })) {
        received.add(`${peer} -> ${component} ${port}`);
      }
    }
  }
  const unrestricted = pods.flatMap((pod) =>
    (["Ingress", "Egress"] as const)
      .filter((direction) => !policies.some((policy) => restricts(policy, { direction, pod })))
      .map((direction) => `${pod.title} ${direction}`),
  );
  return { sent, received, unrestricted };
}

function restricts(
  { fields }: Manifest,
  { direction, pod }: { readonly direction: Direction; readonly pod: Pod },
): boolean {
  return (
    selects(at(fields, "spec.podSelector"), pod.labels) &&
    listOf(at(fields, "spec.policyTypes")).includes(direction)
  );
}

function rulesOf(
  { fields }: Manifest,
  { direction, pods }: { readonly direction: Direction; readonly pods: readonly Pod[] },
): readonly { readonly peer: string; readonly port: string }[] {
  const isIngress = direction === "Ingress";
  return listOf(at(fields, isIngress ? "spec.ingress" : "spec.egress")).flatMap((rule) => {
    const given = at(rule, isIngress ? "from" : "to");
    const peers =
      given === undefined
        ? ["anyone"]
        : listOf(given).flatMap((peer) => peersOf(fieldsOf(peer), pods));
    const ports = at(rule, "ports");
    const open = ports === undefined ? ["any port"] : listOf(ports).map((port) => portOf(port));
    return peers.flatMap((peer) => open.map((port) => ({ peer, port })));
  });
}

function portOf(port: unknown): string {
  const { protocol = "TCP", port: number, endPort } = fieldsOf(port);
  return [protocol, number, ...(endPort === undefined ? [] : ["to", endPort])].join(" ");
}

/** Our own pods by their components, others by what the rule says of them. */
function peersOf(peer: Fields, pods: readonly Pod[]): readonly string[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  if (isFields(ipBlock)) {
    const except = listOf(ipBlock["except"]);
    return [`${textOf(ipBlock["cidr"])}${except.length > 0 ? ` but ${except.join(" ")}` : ""}`];
  }
  if (namespaceSelector === undefined) {
    return pods
      .filter(({ labels }) => selects(podSelector, labels))
      .map(({ component }) => component);
  }
  const named = [...labelsOf(podSelector), ...labelsOf(namespaceSelector)];
  return [named.length === 0 ? "any pod" : named.join(" of ")];
}

function labelsOf(selector: unknown): readonly string[] {
  const labels = Object.values(fieldsOf(at(selector, "matchLabels"))).map((label) => textOf(label));
  const isWhole = at(selector, "matchExpressions") === undefined;
  return labels.length === 0 ? [] : [`${labels.join("+")}${isWhole ? "" : " and more"}`];
}
