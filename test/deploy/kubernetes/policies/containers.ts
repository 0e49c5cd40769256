import type { Build } from "../build.ts";
import { at, fieldsOf, listOf, textOf } from "../json.ts";
import { type Container, mountsOf, type Pod } from "../pod.ts";
import { quantity } from "../quantity.ts";
import { failed } from "./checks.ts";

/** The user of the image. */
const USER = 10_001;
const PROBES = ["startupProbe", "livenessProbe", "readinessProbe"] as const;
/** What the `restricted` standard lets a pod mount, less what has no use here. */
const VOLUMES = new Set(["configMap", "secret", "emptyDir", "persistentVolumeClaim", "projected"]);
/** The only places of the image that are written. */
const WRITTEN = ["/app/data", "/var/log/orchestrator", "/tmp"];
/** Of each service, as the deployment guide has them. */
const RESOURCES = { requests: ["250m", "512Mi"], limits: ["500m", "1Gi"] } as const;

/** The `restricted` standard and more: who runs, what may be written, how much is taken, and who looks after it. */
export function containerProblems({ pods }: Build): readonly string[] {
  return pods.flatMap((pod) => [
    ...podProblems(pod),
    ...pod.containers.flatMap((container) => [
      ...privilegeProblems(container),
      ...imageProblems(container),
      ...resourceProblems(container, pod),
      ...mountProblems(container, pod),
      ...(pod.owner.kind === "Deployment" ? serviceProblems(container) : []),
    ]),
  ]);
}

function podProblems({ title, spec, owner, containers }: Pod): readonly string[] {
  const volumes = listOf(spec["volumes"]).map((volume) => fieldsOf(volume));
  const kinds = volumes.flatMap((volume) => Object.keys(volume).filter((key) => key !== "name"));
  const stopSeconds = Number(spec["terminationGracePeriodSeconds"]);
  const sleepSeconds = containers.map(({ fields }) =>
    Number(at(fields, "lifecycle.preStop.sleep.seconds")),
  );
  return failed(title, [
    [
      at(spec, "securityContext.runAsNonRoot") === true,
      "does not insist on a user that is not root",
    ],
    [at(spec, "securityContext.runAsUser") === USER, `does not run as ${USER}`],
    [at(spec, "securityContext.runAsGroup") === USER, `does not run in the group ${USER}`],
    [
      at(spec, "securityContext.fsGroup") === USER,
      `could not read its secrets without fsGroup ${USER}`,
    ],
    [
      at(spec, "securityContext.seccompProfile.type") === "RuntimeDefault",
      "has no seccomp profile",
    ],
    [spec["automountServiceAccountToken"] === false, "is given a token of the cluster"],
    [spec["enableServiceLinks"] === false, "is given variables for every Service"],
    [["hostNetwork", "hostPID", "hostIPC"].every((key) => spec[key] !== true), "shares the host"],
    [kinds.every((kind) => VOLUMES.has(kind)), `mounts ${kinds.join(", ")}`],
    [
      owner.kind !== "Deployment" || sleepSeconds.every((seconds) => stopSeconds >= seconds + 30),
      "is killed before what goes on has ended",
    ],
  ]);
}

function privilegeProblems({ title, fields }: Container): readonly string[] {
  const context = fieldsOf(fields["securityContext"]);
  const [user = USER, isNotRoot = true] = [context["runAsUser"], context["runAsNonRoot"]];
  return failed(title, [
    [context["allowPrivilegeEscalation"] === false, "may gain privileges"],
    [context["readOnlyRootFilesystem"] === true, "may write to its root file system"],
    [context["privileged"] !== true, "is privileged"],
    [isNotRoot === true && user === USER, "runs as somebody else than its pod"],
    [listOf(at(context, "capabilities.drop")).includes("ALL"), "keeps capabilities"],
    [listOf(at(context, "capabilities.add")).length === 0, "is given capabilities"],
  ]);
}

function imageProblems({ title, fields }: Container): readonly string[] {
  const image = textOf(fields["image"]);
  const [, tag = ""] = /:([\w.-]+)$/.exec(image) ?? [];
  return failed(title, [
    [tag !== "" && tag !== "latest", `does not say which ${image} it means`],
    [fields["imagePullPolicy"] === "IfNotPresent", "fetches an image that does not change"],
  ]);
}

function resourceProblems({ title, fields }: Container, { owner }: Pod): readonly string[] {
  const [requests, limits] = [at(fields, "resources.requests"), at(fields, "resources.limits")];
  const names = ["cpu", "memory", "ephemeral-storage"];
  const given = (name: string): boolean =>
    quantity(at(requests, name)) > 0 && quantity(at(limits, name)) >= quantity(at(requests, name));
  const isAsGuided = [requests, limits].every((amounts, index) => {
    const [cpu, memory] = Object.values(RESOURCES)[index] ?? [];
    return at(amounts, "cpu") === cpu && at(amounts, "memory") === memory;
  });
  const heapMiB = Number(
    /--max-old-space-size=(\d+)/.exec(JSON.stringify(fields["env"] ?? ""))?.[1] ?? 0,
  );
  return failed(title, [
    ...names.map((name) => [given(name), `has no sound request and limit of ${name}`] as const),
    [owner.kind !== "Deployment" || isAsGuided, "does not have the guide's requests and limits"],
    [
      heapMiB * 2 ** 20 <= quantity(at(limits, "memory")) * 0.75,
      "may grow a heap that its limit does not allow",
    ],
  ]);
}

function mountProblems(container: Container, { spec }: Pod): readonly string[] {
  const volumes = new Map(
    listOf(spec["volumes"]).map((volume) => [textOf(at(volume, "name")), fieldsOf(volume)]),
  );
  const mounts = mountsOf(container);
  const limit = quantity(fieldsOf(at(container.fields, "resources.limits"))["ephemeral-storage"]);
  const sizes = [...volumes.values()]
    .filter((volume) => "emptyDir" in volume)
    .map((volume) => quantity(at(volume, "emptyDir.sizeLimit")));
  const written = new Set(
    [...mounts].flatMap(([name, path]) => ("emptyDir" in (volumes.get(name) ?? {}) ? [path] : [])),
  );
  const needed = container.fields["name"] === "orchestrator" ? WRITTEN : ["/tmp"];
  return failed(container.title, [
    ...[...mounts.keys()].map(
      (name) => [volumes.has(name), `mounts ${name}, which its pod does not have`] as const,
    ),
    ...[...volumes.keys()].map((name) => [mounts.has(name), `does not mount ${name}`] as const),
    [sizes.reduce((sum, size) => sum + size, 0) <= limit, "has folders larger than its storage"],
    ...needed.map((path) => [written.has(path), `cannot write to ${path}`] as const),
  ]);
}

function serviceProblems({ title, fields }: Container): readonly string[] {
  const stop = at(fields, "lifecycle.preStop.sleep.seconds");
  return failed(title, [
    ...PROBES.map((probe) => [probe in fields, `has no ${probe}`] as const),
    [Number(stop) > 0, "refuses calls before callers have heard of it"],
  ]);
}
