import { existsSync, readFileSync } from "node:fs";

import type { Build } from "../build.ts";
import type { Facts } from "../facts.ts";
import { at, fieldsOf, listOf, textOf } from "../json.ts";
import { ofKind } from "../manifest.ts";
import type { Pod } from "../pod.ts";

/** Images are the ones of this version, and what a job runs understands what it is told. */
export function imageProblems(build: Build, facts: Facts): readonly string[] {
  const isBase = build.folder.endsWith("/base");
  return build.pods.flatMap((pod) => [
    ...pod.containers
      .filter(({ fields }) => fields["name"] === "orchestrator")
      .map(({ fields }) => textOf(fields["image"]))
      .filter(
        (image) =>
          !image.endsWith(isBase ? "orchestrator:local" : `/orchestrator:${facts.version}`),
      )
      .map((image) => `${pod.title} runs ${image}`),
    ...(isBase || pod.component === "backup" || "imagePullSecrets" in pod.spec
      ? []
      : [`${pod.title} has no way to pull its image`]),
    ...(pod.component === "backup" ? scriptProblems(pod, build) : []),
  ]);
}

/** Variables that the shell and the client library read. */
const COMMON = new Set(["HOME"]);

/**
 * The script is part of the build with all that it sources, and reads every variable that it is given; a restore waits for
 * somebody who starts it.
 */
function scriptProblems(
  { title, owner, spec, containers }: Pod,
  { manifests }: Build,
): readonly string[] {
  const [container] = containers;
  const [, script = ""] = listOf(container?.fields["command"]).map((word) => textOf(word));
  const scripts = listOf(spec["volumes"])
    .map((volume) => at(volume, "configMap.name"))
    .flatMap((name) => ofKind(manifests, "ConfigMap").filter((each) => each.name === name))
    .flatMap((each) => Object.entries(fieldsOf(each.fields["data"])));
  const file = script.split("/").at(-1) ?? "";
  const text = scripts.map(([, content]) => textOf(content)).join("\n");
  const sourced = [...text.matchAll(/^\. "\$here\/([\w.-]+)"/gm)].map(([, name = ""]) => name);
  const read = (name: string): boolean =>
    COMMON.has(name) || text.includes(name) || text.includes(`read_secret ${name.slice(0, -5)}\n`);
  const isAsleep = at(owner.fields, "spec.suspend") === true;
  return [
    ...(isAsleep === (file === "restore.sh")
      ? []
      : [`${title} ${isAsleep ? "never runs" : "runs by itself"}`]),
    ...[file, ...sourced]
      .filter((name) => scripts.every(([given]) => given !== name))
      .map((name) => `${title} runs ${name}, which is not there`),
    ...scripts
      .filter(([name, content]) => !isOf("deploy/backup", { name, content }))
      .map(([name]) => `${title} has another ${name} than deploy/backup`),
    ...Object.keys(container?.env ?? {})
      .filter((name) => !read(name))
      .map((name) => `${title} is given ${name}, which its script does not read`),
  ];
}

function isOf(folder: string, { name, content }: { name: string; content: unknown }): boolean {
  const file = `${folder}/${name}`;
  return existsSync(file) && readFileSync(file, "utf8") === content;
}
