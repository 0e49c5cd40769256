import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

import { parse } from "yaml";

import { yamlFilesIn } from "../../prometheus/expressions.ts";
import type { Build } from "../build.ts";
import { at, listOf, textOf } from "../json.ts";
import { ofKind } from "../manifest.ts";

/** Where Prometheus is told by the operator what to read, it is told what to raise: the rules that are tested, and no others. */
export function ruleProblems({ manifests }: Build): readonly string[] {
  const monitors = ofKind(manifests, "ServiceMonitor");
  const told = ofKind(manifests, "PrometheusRule").flatMap(({ fields }) =>
    listOf(at(fields, "spec.groups")),
  );
  if (monitors.length === 0 && told.length === 0) {
    return [];
  }
  const tested = ["rules", "alerts"]
    .flatMap((folder) => yamlFilesIn(`deploy/prometheus/${folder}`))
    .flatMap((file) => listOf(at(parse(readFileSync(file, "utf8")), "groups")));
  const names = new Set([...tested, ...told].map((group) => nameOf(group)));
  return [...names]
    .filter(
      (name) =>
        !isDeepStrictEqual(
          told.filter((group) => nameOf(group) === name),
          tested.filter((group) => nameOf(group) === name),
        ),
    )
    .map((name) => `PrometheusRule has another ${name} than deploy/prometheus`);
}

function nameOf(group: unknown): string {
  return textOf(at(group, "name"));
}
