import { at, type Fields, fieldsOf, listOf, textOf } from "./json.ts";
import { type Manifest, titleOf } from "./manifest.ts";

/** A template of pods, whatever makes them. */
export type Pod = {
  readonly title: string;
  readonly owner: Manifest;
  readonly component: string;
  readonly labels: Fields;
  readonly spec: Fields;
  readonly containers: readonly Container[];
};

export type Container = {
  readonly title: string;
  readonly fields: Fields;
  readonly env: Readonly<Record<string, string>>;
  readonly ports: ReadonlyMap<string, number>;
};

const TEMPLATES: Readonly<Record<string, string>> = {
  Deployment: "spec.template",
  Job: "spec.template",
  CronJob: "spec.jobTemplate.spec.template",
};

/** Every template of pods of a build. */
export function podsOf(manifests: readonly Manifest[]): readonly Pod[] {
  return manifests.flatMap((owner) => {
    const path = TEMPLATES[owner.kind];
    return path === undefined ? [] : [podOf(owner, fieldsOf(at(owner.fields, path)))];
  });
}

/** Where a volume of a pod is mounted, by its name. */
export function mountsOf({ fields }: Container): ReadonlyMap<string, string> {
  return new Map(
    listOf(fields["volumeMounts"]).map((mount) => [
      textOf(at(mount, "name")),
      textOf(at(mount, "mountPath")),
    ]),
  );
}

function podOf(owner: Manifest, template: Fields): Pod {
  const title = titleOf(owner);
  const labels = fieldsOf(at(template, "metadata.labels"));
  const spec = fieldsOf(template["spec"]);
  const containers = [...listOf(spec["initContainers"]), ...listOf(spec["containers"])];
  return {
    title,
    owner,
    component: textOf(labels["app.kubernetes.io/component"]),
    labels,
    spec,
    containers: containers.map((container) => containerOf(title, fieldsOf(container))),
  };
}

function containerOf(title: string, fields: Fields): Container {
  return {
    title: `${title} ${textOf(fields["name"])}`,
    fields,
    env: Object.fromEntries(
      listOf(fields["env"]).map((one) => [textOf(at(one, "name")), textOf(at(one, "value"))]),
    ),
    ports: new Map(
      listOf(fields["ports"]).map((port) => [
        textOf(at(port, "name")),
        Number(at(port, "containerPort")),
      ]),
    ),
  };
}
