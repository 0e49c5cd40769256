import type { SettingsReader } from "./settings-reader.ts";
import type { ServerSettings, ServiceName, ServiceSettings } from "./settings.ts";

/** Ports of the mesh, gRPC and ops. */
const PORTS = {
  gateway: { grpc: 8_000, ops: 9_100 },
  registry: { grpc: 7_001, ops: 9_101 },
  executor: { grpc: 7_002, ops: 9_102 },
  state: { grpc: 7_003, ops: 9_103 },
} as const satisfies Record<ServiceName, unknown>;

/** Reads where each service listens and where it is found, from `services.<name>` and from variables. */
export function readServices(
  read: SettingsReader,
  server: ServerSettings,
): Readonly<Record<ServiceName, ServiceSettings>> {
  return {
    gateway: readService(read, "gateway", server),
    registry: readService(read, "registry"),
    executor: readService(read, "executor"),
    state: readService(read, "state"),
  };
}

function readService(
  read: SettingsReader,
  name: ServiceName,
  server?: Pick<ServerSettings, "host" | "port">,
): ServiceSettings {
  const key = `services.${name}`;
  const prefix = name.toUpperCase();
  const range = { min: 0, max: 65_535 };
  const host =
    server?.host ??
    read.text(`${key}.host`, "127.0.0.1", {
      about: "Address of its gRPC port. Elsewhere than on loopback it wants the mesh secret.",
      env: [`${prefix}_HOST`],
    });
  const port =
    server?.port ??
    read.integer(`${key}.port`, PORTS[name].grpc, {
      about: "Its gRPC port; 0 takes a free one.",
      env: [`${prefix}_PORT`],
      ...range,
    });
  return {
    host,
    port,
    opsHost: read.text(`${key}.ops_host`, host, {
      about: "Address of its ops port.",
      defaultText: "as its host",
      env: [`${prefix}_OPS_HOST`],
    }),
    opsPort: read.integer(`${key}.ops_port`, PORTS[name].ops, {
      about: "Its ops port: health, readiness and metrics over HTTP.",
      env: [`${prefix}_OPS_PORT`],
      ...range,
    }),
    address: read.text(`${key}.address`, `127.0.0.1:${port}`, {
      about: "Where other services find it: a gRPC target such as `dns:///state:7003`.",
      env: [`${prefix}_ADDRESS`],
    }),
  };
}
