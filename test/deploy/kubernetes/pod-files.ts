import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { at, fieldsOf, listOf, textOf } from "./json.ts";
import { type Manifest, ofKind } from "./manifest.ts";
import { type Container, mountsOf, type Pod } from "./pod.ts";

export type PodFiles = {
  readonly pod: Pod;
  readonly container: Container;
  readonly manifests: readonly Manifest[];
  /** What the operator's Secrets hold, by the key; others get some text. */
  readonly secrets: Readonly<Record<string, string>>;
};

/** Writes what a container would find in its ConfigMaps and Secrets, below a folder in the place of its root. */
export function writePodFiles(root: string, files: PodFiles): void {
  for (const [path, content] of filesOf(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** Variables that name files of the container name them where they are here. */
export function movedTo(
  root: string,
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      /_(FILE|PATH)$/.test(name) ? join(root, value) : value,
    ]),
  );
}

function filesOf({ pod, container, manifests, secrets }: PodFiles): ReadonlyMap<string, string> {
  const mounts = mountsOf(container);
  const files = new Map<string, string>();
  for (const volume of listOf(pod.spec["volumes"])) {
    const folder = mounts.get(textOf(at(volume, "name"))) ?? "";
    const config = ofKind(manifests, "ConfigMap").find(
      ({ name }) => name === at(volume, "configMap.name"),
    );
    for (const [name, text] of Object.entries(fieldsOf(config?.fields["data"]))) {
      files.set(join(folder, name), textOf(text));
    }
    for (const item of listOf(at(volume, "secret.items"))) {
      const key = textOf(at(item, "key"));
      files.set(join(folder, textOf(at(item, "path"))), secrets[key] ?? `some ${key}`);
    }
  }
  return files;
}
