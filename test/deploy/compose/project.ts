import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { parse } from "yaml";

export const COMPOSE_FILE = "deploy/compose/compose.yaml";

/** Each adds a provider of models. */
export const PROVIDER_FILES = ["deploy/compose/openai.yaml", "deploy/compose/anthropic.yaml"];

/** A compose file as docker-compose understands it: variables replaced, short forms written out, paths absolute. */
export type Project = {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
};

export type ComposeService = {
  readonly image: string;
  readonly command?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly network_mode?: string;
  readonly pid?: string;
  readonly pids_limit?: number;
  readonly restart?: string;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly secrets?: readonly { readonly source: string; readonly target?: string }[];
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  /** Written out only where no address is given. */
  readonly ports?: readonly (string | { readonly published: number; readonly target: number })[];
  readonly expose?: readonly string[];
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
  readonly deploy?: {
    readonly replicas?: number;
    readonly resources?: { readonly limits?: { readonly cpus?: number; readonly memory?: string } };
  };
};

/** What docker-compose makes of some files, with every profile. */
export async function readProject(
  files: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Project> {
  const named = files.flatMap((file) => ["-f", file]);
  const profiles = ["observability", "backup"].flatMap((profile) => ["--profile", profile]);
  const args = [...named, ...profiles, "config"];
  const { stdout } = await promisify(execFile)("docker-compose", args, { env });
  const project: Project = parse(stdout);
  return project;
}
