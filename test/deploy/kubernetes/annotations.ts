import { readFileSync } from "node:fs";

import { goFiles } from "./go-tools.ts";

const INGRESS_NGINX = {
  path: "k8s.io/ingress-nginx",
  version: "v0.0.0-20240708192948-52c50467d67d",
  sum: "h1:tZui5g6S4GO1hxLm6yrEoIXLkl4QfeGytlmZqZ+DmdQ=",
} as const;
const CERT_MANAGER = {
  path: "github.com/cert-manager/cert-manager",
  version: "v1.21.2",
  sum: "h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=",
} as const;

/** The annotations that ingress-nginx documents and that cert-manager declares: others would be ignored without a word. */
export function knownAnnotations(): ReadonlySet<string> {
  const [nginx = ""] = goFiles(INGRESS_NGINX, [
    "docs/user-guide/nginx-configuration/annotations.md",
  ]);
  const [certManager = ""] = goFiles(CERT_MANAGER, ["pkg/apis/certmanager/v1/types.go"]);
  const found = [
    ...matches(nginx, /^\|\[(nginx\.ingress\.kubernetes\.io\/[\w-]+)\]/gm),
    ...matches(certManager, /AnnotationKey\s+= "([^"]+)"/g),
  ];
  if (found.length < 100) {
    throw new Error(`only ${found.length} annotations were found: their list looks otherwise now`);
  }
  return new Set(found);
}

function matches(file: string, pattern: RegExp): readonly string[] {
  return [...readFileSync(file, "utf8").matchAll(pattern)].map(([, name = ""]) => name);
}
