import { execFileSync } from "node:child_process";

import { goTool } from "./go-tools.ts";
import { type Manifest, manifestsFrom } from "./manifest.ts";

/** kubectl has carried this major version since 1.27. */
export const KUSTOMIZE = { path: "sigs.k8s.io/kustomize/kustomize/v5", version: "v5.8.1" } as const;

/** Builds a folder of kustomize, as `kubectl apply -k` would. */
export function kustomize(folder: string): readonly Manifest[] {
  const program = goTool(KUSTOMIZE, "kustomize");
  return manifestsFrom(execFileSync(program, ["build", folder], { encoding: "utf8" }));
}
