import type { Build } from "../build.ts";
import type { Facts } from "../facts.ts";
import { at, type Fields, fieldsOf, listOf, textOf } from "../json.ts";
import { type Manifest, ofKind, titleOf } from "../manifest.ts";
import { failed } from "./checks.ts";

/** A host, what it leads to, and how the proxy is told to speak to it. */
type Entry = {
  readonly title: string;
  readonly kind: "http" | "grpc";
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  readonly backends: readonly { readonly service: string; readonly port: unknown }[];
};

/** What whoever watches from outside may ask for beside the API. */
const PROBED = ["/health", "/ready"];
/** Reflection needs streams in both directions, which HTTP/1.1 has not. */
const NOT_BY_HTTP = /^grpc\.reflection\./;

/** The public reaches the API and nothing else, by TLS, over names that a proxy can tell apart. */
export function edgeProblems(build: Build, facts: Facts): readonly string[] {
  const { manifests } = build;
  const entries = [
    ...ofKind(manifests, "Ingress").map(ingressEntry),
    ...ofKind(manifests, "HTTPRoute").flatMap((route) => routeEntry(route, "http")),
    ...ofKind(manifests, "GRPCRoute").flatMap((route) => routeEntry(route, "grpc")),
  ];
  const hosts = entries.flatMap((entry) => entry.hosts);
  return [
    ...entries.flatMap((entry) => pathProblems(entry, facts)),
    ...entries.flatMap((entry) => backendProblems(entry, build)),
    ...hosts
      .filter((host, index) => hosts.indexOf(host) !== index)
      .map((host) => `${host} is claimed twice, by proxies that speak otherwise`),
    ...ofKind(manifests, "Ingress").flatMap((ingress) => ingressProblems(ingress, facts)),
    ...["HTTPRoute", "GRPCRoute"].flatMap((kind) =>
      ofKind(manifests, kind).flatMap((route) => parentProblems(route, build)),
    ),
    ...ofKind(manifests, "Service").flatMap(balancerProblems),
  ];
}

function ingressEntry(ingress: Manifest): Entry {
  const rules = listOf(at(ingress.fields, "spec.rules"));
  const paths = rules.flatMap((rule) => listOf(at(rule, "http.paths")));
  const annotations = annotationsOf(ingress);
  const protocol = annotations["nginx.ingress.kubernetes.io/backend-protocol"];
  return {
    title: titleOf(ingress),
    kind: protocol === "GRPC" ? "grpc" : "http",
    hosts: rules.map((rule) => textOf(at(rule, "host"))),
    paths: paths.map((path) => textOf(at(path, "path"))),
    backends: paths.map((path) => ({
      service: textOf(at(path, "backend.service.name")),
      port: at(path, "backend.service.port.name") ?? at(path, "backend.service.port.number"),
    })),
  };
}

/** A route that only redirects leads nowhere. */
function routeEntry(route: Manifest, kind: Entry["kind"]): readonly Entry[] {
  const rules = listOf(at(route.fields, "spec.rules"));
  const matches = rules.flatMap((rule) => listOf(at(rule, "matches")));
  const backends = rules.flatMap((rule) => listOf(at(rule, "backendRefs")));
  const entry = {
    title: titleOf(route),
    kind,
    hosts: listOf(at(route.fields, "spec.hostnames")).map((host) => textOf(host)),
    paths: matches.map((match) =>
      kind === "http" ? textOf(at(match, "path.value")) : `/${textOf(at(match, "method.service"))}`,
    ),
    backends: backends.map((backend) => ({
      service: textOf(at(backend, "name")),
      port: at(backend, "port"),
    })),
  };
  return backends.length === 0 ? [] : [entry];
}

function pathProblems({ title, kind, paths }: Entry, facts: Facts): readonly string[] {
  const wanted = [
    ...facts.publicServices
      .filter((service) => kind === "grpc" || !NOT_BY_HTTP.test(service))
      .map((service) => `/${service}`),
    ...(kind === "http" ? PROBED : []),
  ];
  return [
    ...wanted
      .filter((path) => !paths.includes(path))
      .map((path) => `${title} does not lead to ${path}`),
    ...paths
      .filter((path) => !wanted.includes(path))
      .map((path) => `${title} shows the public ${path}`),
  ];
}

function backendProblems(
  { title, kind, backends }: Entry,
  { manifests }: Build,
): readonly string[] {
  return backends.flatMap(({ service, port }) => {
    const found = ofKind(manifests, "Service").find(({ name }) => name === service);
    const open = listOf(at(found?.fields, "spec.ports"))
      .map((each) => fieldsOf(each))
      .find((each) => each["port"] === port || each["name"] === port);
    const spoken = open?.["appProtocol"];
    const isSpoken = spoken === (kind === "grpc" ? "kubernetes.io/h2c" : "http");
    return [
      ...(open === undefined
        ? [`${title} leads to ${service} ${String(port)}, which is not there`]
        : []),
      ...(open === undefined || isSpoken ? [] : [`${title} speaks otherwise than ${service} does`]),
    ];
  });
}

function ingressProblems(ingress: Manifest, facts: Facts): readonly string[] {
  const { fields } = ingress;
  const title = titleOf(ingress);
  const annotations = annotationsOf(ingress);
  const secured = new Set(
    listOf(at(fields, "spec.tls")).flatMap((tls) => listOf(at(tls, "hosts"))),
  );
  const open = ingressEntry(ingress).hosts.filter((host) => !secured.has(host));
  const isForced = annotations["nginx.ingress.kubernetes.io/force-ssl-redirect"] === "true";
  return [
    ...(textOf(at(fields, "spec.ingressClassName")) === "" ? [`${title} names no class`] : []),
    ...Object.keys(annotations)
      .filter((name) => !facts.annotations.has(name))
      .map((name) => `${title} has the annotation ${name}, which does not exist`),
    ...open.map((host) => `${title} has no certificate for ${host}`),
    ...(isForced ? [] : [`${title} answers in cleartext`]),
  ];
}

/** A route names a listener that exists, ends TLS or only redirects, and carries its hosts. */
function parentProblems(route: Manifest, { manifests }: Build): readonly string[] {
  const title = titleOf(route);
  const isRedirect = routeEntry(route, "http").length === 0;
  const hosts = listOf(at(route.fields, "spec.hostnames"));
  const parents = listOf(at(route.fields, "spec.parentRefs"));
  return parents.flatMap((parent) => {
    const gateway = ofKind(manifests, "Gateway").find(({ name }) => name === at(parent, "name"));
    const listener = listOf(at(gateway?.fields, "spec.listeners")).find(
      (each) => at(each, "name") === at(parent, "sectionName"),
    );
    const { hostname, protocol } = fieldsOf(listener);
    const isCarried = hostname === undefined || hosts.every((host) => host === hostname);
    return failed(title, [
      [listener !== undefined, "has no listener"],
      [isRedirect || protocol === "HTTPS", "answers in cleartext"],
      [isCarried, "claims hosts that its listener does not carry"],
    ]);
  });
}

/** Its ports speak cleartext, and one of them shows metrics. */
function balancerProblems(service: Manifest): readonly string[] {
  const ranges = listOf(at(service.fields, "spec.loadBalancerSourceRanges"));
  const ports = listOf(at(service.fields, "spec.ports")).map((port) => at(port, "name"));
  if (at(service.fields, "spec.type") !== "LoadBalancer") {
    return [];
  }
  return [
    ...(ranges.length === 0 || ranges.includes("0.0.0.0/0")
      ? [`${titleOf(service)} speaks cleartext to anybody`]
      : []),
    ...(ports.includes("ops") ? [`${titleOf(service)} shows the ops port`] : []),
  ];
}

function annotationsOf({ fields }: Manifest): Fields {
  return fieldsOf(at(fields, "metadata.annotations"));
}
