import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { at, textOf } from "./json.ts";

/** The services, as their folders and the components of their pods are called. */
export const SERVICES = ["gateway", "registry", "executor", "state"] as const;

/** What the code of the project says, so that manifests are not compared with a second opinion. */
export type Facts = {
  /** `executor state`: a service opens a connection to another one. */
  readonly calls: ReadonlySet<string>;
  /** `state postgres`, `gateway redis`, `state secrets`: a service opens a store, or encrypts what it keeps of secrets. */
  readonly stores: ReadonlySet<string>;
  /** Connections that a replica has beside its pool, by service. */
  readonly lanes: ReadonlyMap<string, number>;
  /** Full names of what clients may call. */
  readonly publicServices: readonly string[];
  /** Of the installation. */
  readonly version: string;
  /** What the operator is told to make: a Secret, and its keys. */
  readonly operatorSecrets: ReadonlyMap<string, readonly string[]>;
  /** What the operator is told that the database has to admit. */
  readonly connectionsPromised: number;
  /** Of ingress-nginx and cert-manager: those that exist. */
  readonly annotations: ReadonlySet<string>;
};

const GUIDE = "docs/how-to/deploy-kubernetes.md";
const PROTOS = "proto/orchestrator/v1";
/** Open to clients beside the API. */
const COMMON_SERVICES = [
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
];

/** Reads protos, sources and the guide for operators. */
export function readFacts(annotations: ReadonlySet<string>): Facts {
  const guide = readFileSync(GUIDE, "utf8");
  return {
    calls: new Set(SERVICES.flatMap((name) => peersOf(name).map((peer) => `${name} ${peer}`))),
    stores: new Set(SERVICES.flatMap((name) => storesOf(name).map((store) => `${name} ${store}`))),
    lanes: new Map(SERVICES.map((name) => [name, lanesOf(name)])),
    publicServices: [...publicServices(), ...COMMON_SERVICES],
    version: textOf(at(JSON.parse(readFileSync("package.json", "utf8")), "version")),
    operatorSecrets: operatorSecrets(guide),
    connectionsPromised: Number(/max_connections\D+(\d+)/.exec(guide)?.[1]),
    annotations,
  };
}

/** Secrets and their keys, as the commands of a guide make them. */
export function operatorSecrets(guide: string): ReadonlyMap<string, readonly string[]> {
  const commands = guide
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .flatMap((line) => {
      const [, kind = "", name = "", flags = ""] =
        /kubectl .*create secret (\S+) (\S+)(.*)/.exec(line) ?? [];
      return kind === "" ? [] : [{ kind, name, flags }];
    });
  return new Map(
    commands.map(({ kind, name, flags }) => [name, KEYS[kind] ?? keysIn(flags)] as const),
  );
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  "docker-registry": [".dockerconfigjson"],
  tls: ["tls.crt", "tls.key"],
};

function keysIn(flags: string): readonly string[] {
  return [...flags.matchAll(/--from-(?:literal|file)=([\w.-]+)=/g)].map(([, key = ""]) => key);
}

function peersOf(service: string): readonly string[] {
  const opened = [...sourcesOf(service).matchAll(/openPeer\(\s*"(\w+)"/g)];
  return [...new Set(opened.map(([, peer = ""]) => peer))];
}

function storesOf(service: string): readonly string[] {
  const sources = sourcesOf(service);
  return [
    ...(sources.includes("openPostgres(") ? ["postgres"] : []),
    ...(/import \{[^}]*\bopen\w+[^}]*\} from "@orchestrator\/redis"/.test(sources)
      ? ["redis"]
      : []),
    ...(sources.includes("new SecretBox(") ? ["secrets"] : []),
  ];
}

function lanesOf(service: string): number {
  return [...sourcesOf(service).matchAll(/\bgate\.openLane\(/g)].length;
}

function sourcesOf(service: string): string {
  const folder = join("services", service, "src");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
}

function publicServices(): readonly string[] {
  return readdirSync(PROTOS).flatMap((file) => {
    const text = readFileSync(join(PROTOS, file), "utf8");
    const name = /^package ([\w.]+);/m.exec(text)?.[1] ?? "";
    return [...text.matchAll(/^service (\w+)/gm)].map(([, service = ""]) => `${name}.${service}`);
  });
}
