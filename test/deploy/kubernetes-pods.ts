import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { SERVICES } from "./kubernetes/facts.ts";
import type { Verification } from "./verification.ts";

/** Ports of its own, and an /etc/hosts in the place of the cluster's names; both are gone when the program ends. */
const NAMESPACE = 'ip link set lo up && mount --bind "$0" /etc/hosts && exec "$@"';

/** Runs what the pods would run, without a cluster. */
export const kubernetesPods: Verification = {
  artefact: "deploy/k8s, its pods as processes",
  packages: ["postgresql", "redis-server", "iproute2"],
  async verify() {
    const directory = mkdtempSync(join(tmpdir(), "orchestrator-namespace-"));
    try {
      const hosts = join(directory, "hosts");
      writeFileSync(
        hosts,
        ["localhost", ...SERVICES].map((name) => `127.0.0.1 ${name}\n`).join(""),
      );
      return seen(["sh", "-c", NAMESPACE, hosts, ...PROGRAM]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

const PROGRAM = [
  process.execPath,
  "--conditions=source",
  "--import",
  "tsx",
  "test/deploy/kubernetes/running-pods-main.ts",
];

function seen(command: readonly string[]): string {
  const unshare = ["unshare", "--mount", "--net", "--", ...command];
  const [program = "", ...args] =
    process.getuid?.() === 0 ? unshare : ["sudo", "-n", "-E", ...unshare];
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`the pods do not run: ${error?.message ?? ""}${stderr}`);
  }
  return stdout.trim();
}
