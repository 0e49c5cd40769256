import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createOrchestrator, type Orchestrator } from "@orchestrator/client";
import { openNodeTransport } from "@orchestrator/client/node";
import { type Mesh, startMesh } from "@orchestrator/mesh";
import { openTelemetry, readSettings } from "@orchestrator/service";
import { stringify } from "yaml";

export type TestMeshOptions = {
  /** Keys of the configuration file, nested, beside those that a test's mesh has anyway. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
};

/** A mesh in this process on a store in memory, reached through real ports. Disposing ends it, and removes its files. */
export type TestMesh = AsyncDisposable &
  Orchestrator & {
    /** Of the gateway. */
    readonly url: string;
    readonly ports: Mesh["ports"];
    /** A client that speaks otherwise, or with another key. */
    client(options: {
      readonly protocol?: "connect" | "grpc";
      readonly apiKey?: string;
    }): Orchestrator;
  };

/** Start a mesh for tests: free ports, nothing kept, logs in a file that is removed with it. */
export async function startTestMesh({ config, env = {} }: TestMeshOptions = {}): Promise<TestMesh> {
  const folder = mkdtempSync(join(tmpdir(), "orchestrator-test-mesh-"));
  const path = join(folder, "config.yaml");
  writeFileSync(path, stringify({ ...configOf(folder), ...config }));
  const settings = readSettings({ env, path, cwd: folder });
  const telemetry = await openTelemetry(settings, { service: "orchestrator-test" });
  const mesh = await startMesh({ settings, telemetry, listen: "ephemeral" });
  const url = `http://127.0.0.1:${mesh.ports.gateway?.grpc ?? 0}`;
  const transports: Disposable[] = [];
  const client: TestMesh["client"] = (options) => {
    const transport = openNodeTransport({ url, ...options });
    transports.push(transport);
    return createOrchestrator(transport);
  };
  const apiKey = env["ORCHESTRATOR_API_KEY"];
  return {
    ...client(apiKey === undefined ? {} : { apiKey }),
    url,
    ports: mesh.ports,
    client,
    async [Symbol.asyncDispose]() {
      for (const transport of transports) transport[Symbol.dispose]();
      await mesh[Symbol.asyncDispose]();
      await telemetry[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configOf(folder: string) {
  return {
    storage: { backend: "memory", path: join(folder, "data") },
    tools: { host_processes: "allow" },
    logging: { output: "file", file_path: join(folder, "mesh.log") },
  };
}
