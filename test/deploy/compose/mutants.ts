import type { ComposeService, Project } from "./project.ts";

type Mutant = {
  readonly service: string;
  readonly change: Partial<ComposeService>;
  /** What has to be said about it. */
  readonly problem: RegExp;
};

/** Changes that would be mistakes; the policies are to refuse each. */
export const MUTANTS: readonly Mutant[] = [
  { service: "redis", change: { image: "redis:latest" }, problem: /not pinned/ },
  { service: "redis", change: { image: "redis" }, problem: /not pinned/ },
  { service: "state", change: { read_only: false }, problem: /root can be written/ },
  { service: "gateway", change: { cap_drop: [] }, problem: /keeps capabilities/ },
  { service: "gateway", change: { cap_add: ["NET_ADMIN"] }, problem: /given capabilities/ },
  { service: "executor", change: { security_opt: [] }, problem: /gain privileges/ },
  { service: "postgres", change: { user: "0:0" }, problem: /run as root/ },
  { service: "nginx", change: { network_mode: "host" }, problem: /not apart/ },
  { service: "registry", change: { deploy: {} }, problem: /has no limit/ },
  { service: "state", change: { deploy: { replicas: 3 } }, problem: /fewer connections/ },
  { service: "postgres", change: { ports: ["5432:5432/tcp"] }, problem: /publishes/ },
  { service: "grafana", change: { ports: ["3000:3000/tcp"] }, problem: /publishes/ },
  { service: "gateway", change: { healthcheck: { test: [] } }, problem: /no health check/ },
  {
    service: "gateway",
    change: { depends_on: { state: { condition: "service_started" } } },
    problem: /does not wait until state/,
  },
  {
    service: "gateway",
    change: { depends_on: { jaeger: { condition: "service_healthy" } } },
    problem: /another profile/,
  },
  { service: "executor", change: { networks: { mesh: null, stores: null } }, problem: /networks/ },
  {
    service: "postgres",
    change: { environment: { POSTGRES_PASSWORD: "password" } },
    problem: /holds a secret/,
  },
  {
    service: "state",
    change: { environment: { REDIS_URL: "redis://:password@redis" } },
    problem: /URL has a password/,
  },
  {
    service: "executor",
    change: { environment: { POSTGRES_URL_FILE: "/run/secrets/postgres_url" } },
    problem: /not given/,
  },
  { service: "registry", change: { secrets: [{ source: "unheard" }] }, problem: /no secret/ },
  {
    service: "executor",
    change: { secrets: [{ source: "mesh_secret" }, { source: "secret_key" }] },
    problem: /secret_key is given to executor/,
  },
  { service: "state", change: { secrets: [] }, problem: /secret_key is given to gateway\b/ },
  { service: "backup", change: { profiles: [] }, problem: /profiles are not \[backup\]/ },
  { service: "executor", change: { volumes: ["/nowhere:/app/config:ro"] }, problem: /not there/ },
];

/** A project with one service changed. */
export function mutated(project: Project, { service, change }: Mutant): Project {
  const whole = project.services[service];
  if (whole === undefined) throw new Error(`there is no service ${service}`);
  return { ...project, services: { ...project.services, [service]: { ...whole, ...change } } };
}
