import type { Build } from "../build.ts";
import { type Facts, SERVICES } from "../facts.ts";
import { flowsOf } from "../flows.ts";

/** Where the databases may be, until an operator says which of it is his. */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
/** Never meant by the name of a provider: networks of the cluster, of carriers, and the addresses of cloud metadata. */
const INTERNET =
  "0.0.0.0/0 but 10.0.0.0/8 100.64.0.0/10 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16";
const STORES: Readonly<Record<string, { readonly pods: string; readonly port: number }>> = {
  postgres: { pods: "postgresql", port: 5_432 },
  redis: { pods: "redis", port: 6_379 },
};
/** Jobs that work on the database. */
const DATABASE_JOBS = ["migrate", "backup"];

/** Policies allow what the code does, and nothing else. */
export function networkProblems(build: Build, facts: Facts): readonly string[] {
  const { sent, received, unrestricted } = flowsOf(build);
  const needed = neededBy(build, facts);
  return [
    ...unrestricted.map((title) => `${title} is not restricted`),
    ...differences(sent, needed.sent).map((text) => `who sends: ${text}`),
    ...differences(received, needed.received).map((text) => `who receives: ${text}`),
  ];
}

function neededBy({ pods }: Build, facts: Facts) {
  const portOf = (component: string, name: string): string => {
    const container = pods.find((pod) => pod.component === component)?.containers[0];
    return `TCP ${container?.ports.get(name) ?? "unknown"}`;
  };
  const calls = [...facts.calls].map((call) => {
    const [from = "", to = ""] = call.split(" ");
    return `${from} -> ${to} ${portOf(to, "grpc")}`;
  });
  const jobs = DATABASE_JOBS.filter((job) => pods.some(({ component }) => component === job));
  const stores = [...facts.stores, ...jobs.map((job) => `${job} postgres`)].flatMap((use) => {
    const [from = "", store = ""] = use.split(" ");
    const server = STORES[store];
    return server === undefined
      ? []
      : [server.pods, ...PRIVATE].map((to) => `${from} -> ${to} TCP ${server.port}`);
  });
  const names = pods.flatMap(({ component }) =>
    ["UDP", "TCP"].map((protocol) => `${component} -> kube-dns of kube-system ${protocol} 53`),
  );
  return {
    sent: new Set([
      ...calls,
      ...stores,
      ...names,
      ...SERVICES.map((name) => `${name} -> monitoring TCP 4318`),
      `registry -> ${INTERNET} TCP 443`,
    ]),
    received: new Set([
      ...calls,
      ...SERVICES.map((name) => `monitoring -> ${name} ${portOf(name, "ops")}`),
      `anyone -> gateway ${portOf("gateway", "http")}`,
    ]),
  };
}

function differences(found: ReadonlySet<string>, needed: ReadonlySet<string>): readonly string[] {
  return [
    ...[...needed].filter((flow) => !found.has(flow)).map((flow) => `${flow} is refused`),
    ...[...found]
      .filter((flow) => !needed.has(flow))
      .map((flow) => `${flow} is allowed for nothing`),
  ];
}
