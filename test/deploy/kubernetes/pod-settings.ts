import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { readSettings, type Settings } from "@orchestrator/service";

import { at, fieldsOf, listOf, textOf } from "./json.ts";
import { type Manifest, ofKind } from "./manifest.ts";
import { type Container, mountsOf, type Pod } from "./pod.ts";

/** Something for every secret; none of them is one. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
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
    for (const [path, content] of filesOf(pod, { container, manifests })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    const settings = readSettings({ env: movedTo(root, container.env), cwd: root });
    return { kind: "settings", settings };
  } catch (error) {
    return { kind: "refusal", why: String(error) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Files of ConfigMaps and Secrets, by the paths at which a container sees them. */
function filesOf(
  { spec }: Pod,
  {
    container,
    manifests,
  }: { readonly container: Container; readonly manifests: readonly Manifest[] },
): ReadonlyMap<string, string> {
  const mounts = mountsOf(container);
  const files = new Map<string, string>();
  for (const volume of listOf(spec["volumes"])) {
    const folder = mounts.get(textOf(at(volume, "name"))) ?? "";
    const config = ofKind(manifests, "ConfigMap").find(
      ({ name }) => name === at(volume, "configMap.name"),
    );
    for (const [name, text] of Object.entries(fieldsOf(config?.fields["data"]))) {
      files.set(join(folder, name), textOf(text));
    }
    for (const item of listOf(at(volume, "secret.items"))) {
      const key = textOf(at(item, "key"));
      files.set(join(folder, textOf(at(item, "path"))), PLACEHOLDERS[key] ?? `some ${key}`);
    }
  }
  return files;
}

function movedTo(
  root: string,
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      /(_FILE|_PATH)$/.test(name) ? join(root, value) : value,
    ]),
  );
}
