import type { Manifest } from "./manifest.ts";
import { settingsIn, type Told } from "./pod-settings.ts";
import { type Pod, podsOf } from "./pod.ts";

/** What kustomize makes of a folder. */
export type Build = {
  readonly folder: string;
  readonly manifests: readonly Manifest[];
  readonly pods: readonly Pod[];
  /** What the processes of our image would read, by the component. */
  readonly told: ReadonlyMap<string, Told>;
};

/** Looks at what was built. */
export function buildOf(folder: string, manifests: readonly Manifest[]): Build {
  const pods = podsOf(manifests);
  const ours = pods.filter(({ containers }) =>
    containers.some(({ fields }) => fields["name"] === "orchestrator"),
  );
  const told = new Map(ours.map((pod) => [pod.component, settingsIn(pod, manifests)]));
  return { folder, manifests, pods, told };
}
