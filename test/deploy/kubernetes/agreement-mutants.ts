import type { Mutant } from "./mutant.ts";

const POD = ["spec", "template", "spec"] as const;
const CONTAINER = [...POD, "containers", 0] as const;

/** Faults of how objects agree with each other, and with the code. */
export const AGREEMENT_MUTANTS: readonly Mutant[] = [
  // What the processes are told.
  {
    object: "Deployment/state",
    path: [...CONTAINER, "readinessProbe", "grpc", "port"],
    value: 7_002,
    finds: /does not answer/,
  },
  {
    object: "Deployment/state",
    path: [...CONTAINER, "livenessProbe", "grpc", "service"],
    value: "readiness",
    finds: /does not answer/,
  },
  {
    object: "Deployment/gateway",
    path: [...CONTAINER, "readinessProbe", "httpGet", "path"],
    value: "/health",
    finds: /does not answer/,
  },
  {
    object: "Deployment/state",
    path: [...CONTAINER, "ports", "grpc", "containerPort"],
    value: 7_004,
    finds: /opens 7004/,
  },
  {
    object: "Service/state",
    path: ["spec", "ports", "grpc", "port"],
    value: 7_004,
    finds: /where it is not/,
  },
  {
    object: "Service/state",
    path: ["spec", "ports", "grpc", "targetPort"],
    value: 7_005,
    finds: /nobody listens/,
  },
  { object: "Service/state", path: ["spec", "clusterIP"], finds: /one replica of state only/ },
  {
    object: "Deployment/state",
    path: [...CONTAINER, "args", 2],
    value: "registry",
    finds: /does not serve/,
  },
  {
    object: "Deployment/state",
    path: [...CONTAINER, "env", "STORAGE_BACKEND", "value"],
    value: "file",
    finds: /another store/,
  },
  {
    object: "Deployment/state",
    path: [...CONTAINER, "env", "ORCHESTRATOR_SECRET_KEY_FILE"],
    finds: /cannot encrypt/,
  },
  {
    object: "GRPCRoute/orchestrator",
    path: ["spec", "rules", 0, "matches", 2],
    finds: /does not lead to \/orchestrator\.v1\.AdminService/,
  },
  // Scaling.
  { object: "Deployment/state", path: ["spec", "replicas"], value: 1, finds: /1 replicas/ },
  { object: "Deployment/state", path: ["spec", "replicas"], value: 4, finds: /460 connections/ },
  { object: "Deployment/gateway", path: ["spec", "replicas"], value: 3, finds: /takes back/ },
  {
    object: "HorizontalPodAutoscaler/gateway",
    path: ["spec", "maxReplicas"],
    value: 2,
    finds: /from 3 to 20/,
  },
  {
    object: "HorizontalPodAutoscaler/gateway",
    path: ["spec", "scaleTargetRef", "name"],
    value: "orchestrator",
    finds: /scaled are/,
  },
  {
    object: "PodDisruptionBudget/state",
    path: ["spec", "maxUnavailable"],
    value: 0,
    finds: /budgets/,
  },
  {
    object: "VerticalPodAutoscaler/state",
    path: ["spec", "updatePolicy", "updateMode"],
    value: "Auto",
    finds: /acts on what/,
  },
  // Flows.
  {
    object: "NetworkPolicy/default-deny",
    path: ["spec", "policyTypes"],
    value: ["Egress"],
    finds: /Ingress is not restricted/,
  },
  {
    object: "NetworkPolicy/state",
    path: ["spec", "ingress", 0, "ports", 0, "port"],
    value: 7_004,
    finds: /executor -> state TCP 7003 is refused/,
  },
  {
    object: "NetworkPolicy/state",
    path: ["spec", "ingress", 0, "from"],
    finds: /anyone -> state .*for nothing/,
  },
  {
    object: "NetworkPolicy/executor",
    path: ["spec", "egress", 2],
    value: {},
    finds: /executor -> anyone any port/,
  },
  {
    object: "NetworkPolicy/registry",
    path: ["spec", "egress", 1, "to", 0, "ipBlock", "except"],
    finds: /registry -> 0\.0\.0\.0\/0 TCP 443 is allowed for nothing/,
  },
  // The edge.
  {
    object: "Ingress/orchestrator-ingress",
    path: ["metadata", "annotations", "nginx.ingress.kubernetes.io/rate-limit"],
    value: "100",
    finds: /does not exist/,
  },
  {
    object: "Ingress/orchestrator-ingress-grpc",
    path: ["metadata", "annotations", "nginx.ingress.kubernetes.io/backend-protocol"],
    value: "HTTP",
    finds: /speaks otherwise/,
  },
  {
    object: "Ingress/orchestrator-ingress",
    path: ["spec", "ingressClassName"],
    finds: /names no class/,
  },
  {
    object: "Ingress/orchestrator-ingress",
    path: ["spec", "rules", 0, "http", "paths", 0, "path"],
    value: "/",
    finds: /shows the public \//,
  },
  {
    object: "Ingress/orchestrator-ingress",
    path: ["spec", "tls", 0, "hosts", 0],
    value: "example.com",
    finds: /no certificate/,
  },
  {
    object: "HTTPRoute/orchestrator",
    path: ["spec", "hostnames", 0],
    value: "grpc.orchestrator.example.com",
    finds: /claimed twice/,
  },
  {
    object: "HTTPRoute/orchestrator",
    path: ["spec", "parentRefs", 0, "sectionName"],
    value: "cleartext",
    finds: /answers in cleartext/,
  },
  {
    object: "GRPCRoute/orchestrator",
    path: ["spec", "rules", 0, "backendRefs", 0, "port"],
    value: 80,
    finds: /speaks otherwise/,
  },
  {
    object: "Service/orchestrator-service",
    path: ["spec", "loadBalancerSourceRanges"],
    finds: /cleartext to anybody/,
  },
  // Rules.
  {
    object: "PrometheusRule/orchestrator",
    path: ["spec", "groups", 1, "rules", 0, "expr"],
    value: "vector(0)",
    finds: /another orchestrator-services than/,
  },
  // Images and scripts.
  {
    object: "Job/orchestrator-migrate",
    path: [...CONTAINER, "image"],
    value: "registry.example.com/orchestrator:0.0.9",
    finds: /runs .*0\.0\.9/,
  },
  {
    object: "CronJob/orchestrator-backup",
    path: ["spec", "jobTemplate", ...CONTAINER, "command", 1],
    value: "/scripts/back-up.sh",
    finds: /back-up\.sh, which is not there/,
  },
  {
    object: "CronJob/orchestrator-restore",
    path: ["spec", "suspend"],
    value: false,
    finds: /orchestrator-restore runs by itself/,
  },
  {
    object: "CronJob/orchestrator-backup",
    path: ["spec", "jobTemplate", ...CONTAINER, "env", "BACKUP_DIR", "name"],
    value: "BACKUP_FOLDER",
    finds: /does not read/,
  },
];
