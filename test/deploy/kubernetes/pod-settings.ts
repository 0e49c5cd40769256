import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { readSettings, type Settings } from "@orchestrator/service";

import type { Manifest } from "./manifest.ts";
import { movedTo, writePodFiles } from "./pod-files.ts";
import type { Pod } from "./pod.ts";

/** Something for every secret; none of them is one. */
const SECRETS: Readonly<Record<string, string>> = {
  "postgres-url": "postgresql://orchestrator:password@postgres.example.com:5432/orchestrator",
  "redis-url": "redis://redis.example.com:6379",
};

/** The settings of a process, or why it would not start. */
export type Told =
  | { readonly kind: "settings"; readonly settings: Settings }
  | { readonly kind: "refusal"; readonly why: string };

/** What a process of ours would be told in its pod: the settings reader, over the files and variables that the pod has. */
export function settingsIn(pod: Pod, manifests: readonly Manifest[]): Told {
  const [container] = pod.containers;
  if (container === undefined) {
    return { kind: "refusal", why: "it has no container" };
  }
  const root = mkdtempSync(join(tmpdir(), "orchestrator-pod-"));
  try {
    writePodFiles(root, { pod, container, manifests, secrets: SECRETS });
    const settings = readSettings({ env: movedTo(root, container.env), cwd: root });
    return { kind: "settings", settings };
  } catch (error) {
    return { kind: "refusal", why: String(error) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
