import type { ServiceName, Settings } from "@orchestrator/service";

import type { Build } from "../build.ts";
import { type Facts, SERVICES } from "../facts.ts";
import { at, listOf, textOf } from "../json.ts";
import { ofKind, selects } from "../manifest.ts";
import type { Container, Pod } from "../pod.ts";
import { failed } from "./checks.ts";

type Seen = {
  readonly pod: Pod;
  readonly container: Container;
  readonly settings: Settings;
  readonly build: Build;
};

/** What the processes are told agrees with what the cluster is told of them: ports, probes, names, stores. */
export function settingsProblems(build: Build, facts: Facts): readonly string[] {
  return build.pods.flatMap((pod) => {
    const told = build.told.get(pod.component);
    const [container] = pod.containers;
    if (told === undefined || container === undefined) {
      return [];
    }
    return told.kind === "refusal"
      ? [`${pod.title} would not start: ${told.why}`]
      : podProblems({ pod, container, settings: told.settings, build }, facts);
  });
}

function podProblems(seen: Seen, facts: Facts): readonly string[] {
  const { pod, container, settings } = seen;
  const name = SERVICES.find((service) => service === pod.component);
  const args = listOf(container.fields["args"]).join(" ");
  const warnings = settings.warnings.map((warning) => `${pod.title} would warn: ${warning}`);
  if (name === undefined) {
    return [
      ...warnings,
      ...(args === "migrate up" ? [] : [`${pod.title} does not migrate: ${args}`]),
      ...(settings.storage.backend === "postgres" ? [] : [`${pod.title} migrates nothing`]),
    ];
  }
  return [
    ...warnings,
    ...(args === `serve --services ${name}`
      ? []
      : [`${pod.title} does not serve ${name}: ${args}`]),
    ...storeProblems(seen, { name, facts }),
    ...listenProblems(seen, { name, facts }),
    ...probeProblems(seen, name),
    ...portProblems(seen, name),
    ...peerProblems(seen, { name, facts }),
  ];
}

function storeProblems(
  { pod, settings }: Seen,
  { name, facts }: { readonly name: ServiceName; readonly facts: Facts },
): readonly string[] {
  const keeps = facts.stores.has(`${name} postgres`);
  const uses = facts.stores.has(`${name} redis`);
  return failed(pod.title, [
    [(settings.storage.backend === "postgres") === keeps, "is told of another store than it opens"],
    [(settings.database !== undefined) === keeps, "has the database's address without use, or not"],
    [(settings.redis !== undefined) === uses, "has the address of Redis without use, or not"],
    [settings.storage.path === "/app/data", `keeps its data in ${settings.storage.path}`],
    [settings.logging.output.kind === "stdout", "logs where nobody collects it"],
  ]);
}

function listenProblems(
  { pod, settings }: Seen,
  { name, facts }: { readonly name: ServiceName; readonly facts: Facts },
): readonly string[] {
  const { host, opsHost } = settings.services[name];
  const { keysRequired, bootstrapKey, secretKey, meshSecret } = settings.security;
  const isEdge = name === "gateway";
  const seals = facts.stores.has(`${name} secrets`);
  return failed(pod.title, [
    [host === "0.0.0.0" && opsHost === "0.0.0.0", `listens on ${host} and ${opsHost}`],
    [!isEdge || (keysRequired && bootstrapKey !== undefined), "would serve anybody"],
    [!isEdge || secretKey !== undefined, "keeps hashes of keys without a pepper"],
    [!seals || secretKey !== undefined, "cannot encrypt the secrets that it stores"],
    [isEdge || seals || secretKey === undefined, "has the secret key without use"],
    [meshSecret !== undefined, "has no secret of the mesh"],
  ]);
}

/** The gateway by HTTP, as the guide has it, the others by gRPC; liveness asks for nothing that others are to blame for. */
function probeProblems({ pod, container, settings }: Seen, name: ServiceName): readonly string[] {
  const { port } = settings.services[name];
  const health = settings.monitoring.healthChecks;
  const probes = {
    startupProbe: "liveness",
    livenessProbe: "liveness",
    readinessProbe: "readiness",
  };
  return Object.entries(probes).flatMap(([probe, meaning]) => {
    const fields = container.fields[probe];
    const asked = at(fields, "httpGet.port");
    const number = container.ports.get(textOf(asked)) ?? asked;
    const path = meaning === "liveness" ? health.endpoint : "/ready";
    const isRight =
      name === "gateway"
        ? health.enabled && number === port && at(fields, "httpGet.path") === path
        : at(fields, "grpc.port") === port && at(fields, "grpc.service") === meaning;
    return isRight ? [] : [`${pod.title} has a ${probe} that the process does not answer`];
  });
}

function portProblems(seen: Seen, name: ServiceName): readonly string[] {
  const { pod, container, settings, build } = seen;
  const { port, opsPort } = settings.services[name];
  const open = [...container.ports.values()].toSorted((a, b) => a - b);
  const services = ofKind(build.manifests, "Service").filter(({ fields }) =>
    selects(at(fields, "spec.selector"), pod.labels),
  );
  const aims = services.flatMap(({ fields, name: service }) =>
    listOf(at(fields, "spec.ports")).map((each) => {
      const target = at(each, "targetPort") ?? at(each, "port");
      return { service, number: container.ports.get(textOf(target)) ?? target };
    }),
  );
  const headless = services.find((service) => service.name === name);
  return [
    ...failed(pod.title, [
      [open.join() === [port, opsPort].join(), `opens ${open.join()}, not ${port} and ${opsPort}`],
      [at(headless?.fields, "spec.clusterIP") === "None", "has no headless Service of its name"],
    ]),
    ...aims
      .filter(({ number }) => number !== port && number !== opsPort)
      .map(
        ({ service, number }) =>
          `Service/${service} leads to ${String(number)}, where nobody listens`,
      ),
  ];
}

function peerProblems(
  { pod, settings, build }: Seen,
  { name, facts }: { readonly name: ServiceName; readonly facts: Facts },
): readonly string[] {
  return SERVICES.filter((peer) => facts.calls.has(`${name} ${peer}`)).flatMap((peer) => {
    const { address } = settings.services[peer];
    const [, host = "", port = ""] = /^dns:\/\/\/([\w-]+):(\d+)$/.exec(address) ?? [];
    const service = ofKind(build.manifests, "Service").find((each) => each.name === host);
    const ports = listOf(at(service?.fields, "spec.ports")).map((each) => at(each, "port"));
    return failed(pod.title, [
      [
        host === peer && ports.includes(Number(port)),
        `finds ${peer} at ${address}, where it is not`,
      ],
      [at(service?.fields, "spec.clusterIP") === "None", `reaches one replica of ${peer} only`],
    ]);
  });
}
