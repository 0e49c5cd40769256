import type { Mutant } from "./mutant.ts";

const POD = ["spec", "template", "spec"] as const;
const CONTAINER = [...POD, "containers", 0] as const;
const COMPONENT = "app.kubernetes.io/component";

/** Faults of single objects: fields, containers, selectors, references. */
export const OBJECT_MUTANTS: readonly Mutant[] = [
  // Schemas.
  {
    object: "Deployment/state",
    path: [...POD, "replicaz"],
    value: 3,
    finds: /replicaz is no field/,
  },
  {
    object: "Deployment/state",
    path: [...CONTAINER, "livenessProbe", "periodSecs"],
    value: 5,
    finds: /periodSecs is no field/,
  },
  {
    object: "Deployment/state",
    path: ["spec", "replicas"],
    value: "3",
    finds: /not a whole number/,
  },
  { object: "Deployment/state", path: ["spec", "selector"], finds: /lacks selector/ },
  {
    object: "Deployment/state",
    path: ["apiVersion"],
    value: "apps/v2",
    finds: /no kind Deployment/,
  },
  {
    object: "Deployment/state",
    path: [...CONTAINER, "env", "STORAGE_BACKEND", "name"],
    value: "ORCHESTRATOR_ENV",
    finds: /two entries "ORCHESTRATOR_ENV"/,
  },
  {
    object: "VerticalPodAutoscaler/state",
    path: ["spec", "updatePolicy", "updateMode"],
    value: "Of",
    finds: /not one of/,
  },
  {
    object: "ServiceMonitor/orchestrator",
    path: ["spec", "endpoint"],
    value: [],
    finds: /no field/,
  },
  {
    object: "GRPCRoute/orchestrator",
    path: ["spec", "rules", 0, "timeouts"],
    value: {},
    finds: /timeouts is no field/,
  },
  // Containers.
  {
    object: "Deployment/gateway",
    path: [...POD, "securityContext", "runAsUser"],
    value: 0,
    finds: /10001/,
  },
  {
    object: "Deployment/gateway",
    path: [...CONTAINER, "securityContext", "runAsUser"],
    value: 0,
    finds: /somebody else/,
  },
  {
    object: "Deployment/gateway",
    path: [...CONTAINER, "securityContext", "readOnlyRootFilesystem"],
    value: false,
    finds: /root file system/,
  },
  {
    object: "Job/orchestrator-migrate",
    path: [...CONTAINER, "securityContext", "allowPrivilegeEscalation"],
    finds: /gain privileges/,
  },
  {
    object: "CronJob/orchestrator-backup",
    path: ["spec", "jobTemplate", ...CONTAINER, "securityContext", "capabilities", "drop"],
    value: [],
    finds: /keeps capabilities/,
  },
  {
    object: "Deployment/registry",
    path: [...POD, "securityContext", "seccompProfile", "type"],
    value: "Unconfined",
    finds: /seccomp/,
  },
  {
    object: "Deployment/registry",
    path: [...POD, "hostNetwork"],
    value: true,
    finds: /shares the host/,
  },
  {
    object: "Deployment/registry",
    path: [...POD, "automountServiceAccountToken"],
    value: true,
    finds: /token of the cluster/,
  },
  {
    object: "Deployment/executor",
    path: [...CONTAINER, "resources", "limits", "memory"],
    finds: /limit of memory/,
  },
  {
    object: "Deployment/executor",
    path: [...CONTAINER, "resources", "requests", "cpu"],
    value: "1",
    finds: /limit of cpu/,
  },
  {
    object: "Deployment/executor",
    path: [...CONTAINER, "startupProbe"],
    finds: /has no startupProbe/,
  },
  {
    object: "Deployment/executor",
    path: [...CONTAINER, "image"],
    value: "registry.example.com/orchestrator:latest",
    finds: /does not say which/,
  },
  {
    object: "Deployment/executor",
    path: [...CONTAINER, "volumeMounts", "data", "name"],
    value: "other",
    finds: /mounts other/,
  },
  {
    object: "Deployment/executor",
    path: [...POD, "terminationGracePeriodSeconds"],
    value: 10,
    finds: /killed before/,
  },
  // Selectors.
  {
    object: "Service/state",
    path: ["spec", "selector", COMPONENT],
    value: "stat",
    finds: /Service\/state selects no pods/,
  },
  {
    object: "Deployment/state",
    path: ["spec", "template", "metadata", "labels", COMPONENT],
    value: "registry",
    finds: /does not select its own pods/,
  },
  {
    object: "PodDisruptionBudget/state",
    path: ["spec", "selector", "matchLabels", COMPONENT],
    finds: /selects .*gateway/,
  },
  {
    object: "Service/executor",
    path: ["spec", "ports", "ops", "name"],
    value: "other",
    finds: /does not read executor/,
  },
  {
    object: "ServiceMonitor/orchestrator",
    path: ["spec", "jobLabel"],
    value: "app.kubernetes.io/name",
    finds: /does not read state/,
  },
  {
    object: "Deployment/state",
    path: [...POD, "topologySpreadConstraints"],
    value: [],
    finds: /not spread by/,
  },
  {
    object: "PodDisruptionBudget/state",
    path: ["metadata", "namespace"],
    value: "default",
    finds: /namespace/,
  },
  // References.
  {
    object: "Deployment/registry",
    path: [...POD, "volumes", "secrets", "secret", "secretName"],
    value: "orchestrator-secret",
    finds: /which nobody makes/,
  },
  {
    object: "Deployment/registry",
    path: [...POD, "volumes", "secrets", "secret", "items", 0, "key"],
    value: "mesh",
    finds: /wants mesh of/,
  },
  {
    object: "Deployment/registry",
    path: [...POD, "volumes", "secrets", "secret", "defaultMode"],
    value: 0o444,
    finds: /lets anybody read/,
  },
  {
    object: "Deployment/registry",
    path: [...POD, "volumes", "config", "configMap", "name"],
    value: "orchestrator-config",
    finds: /is not there/,
  },
  {
    object: "Deployment/registry",
    path: [...POD, "imagePullSecrets", 0, "name"],
    value: "other",
    finds: /pulls with other/,
  },
  {
    object: "Deployment/executor",
    path: [...CONTAINER, "env", 0],
    value: { name: "ORCHESTRATOR_MESH_SECRET", value: "text" },
    finds: /in a variable/,
  },
];
