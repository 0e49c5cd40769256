import type { Build } from "../build.ts";
import type { Facts } from "../facts.ts";
import { at, type Fields, fieldsOf, listOf, textOf } from "../json.ts";
import { type Manifest, ofKind, titleOf } from "../manifest.ts";
import { type Container, mountsOf, type Pod } from "../pod.ts";

type Known = {
  readonly manifests: readonly Manifest[];
  readonly secrets: ReadonlyMap<string, readonly string[]>;
};

/** What is referred to is part of the build, or something that the operator is told to make. */
export function referenceProblems({ manifests, pods }: Build, facts: Facts): readonly string[] {
  const known = { manifests, secrets: facts.operatorSecrets };
  return [
    ...ofKind(manifests, "Secret").map((secret) => `${titleOf(secret)} is a secret in the build`),
    ...pods.flatMap((pod) => podReferences(pod, known)),
    ...certificateProblems(known),
  ];
}

function podReferences(pod: Pod, known: Known): readonly string[] {
  const { title, spec, containers } = pod;
  const account = textOf(spec["serviceAccountName"]);
  return [
    ...(has(known, "ServiceAccount", account)
      ? []
      : [`${title} runs as ${account}, whom nobody makes`]),
    ...listOf(spec["imagePullSecrets"])
      .map((secret) => textOf(at(secret, "name")))
      .filter((name) => !known.secrets.has(name))
      .map((name) => `${title} pulls with ${name}, which nobody makes`),
    ...listOf(spec["volumes"]).flatMap((volume) =>
      volumeProblems(fieldsOf(volume), { title, known }),
    ),
    ...containers.flatMap((container) => fileProblems(container, pod)),
    ...containers.flatMap((container) => variableProblems(container)),
  ];
}

function volumeProblems(
  volume: Fields,
  { title, known }: { readonly title: string; readonly known: Known },
): readonly string[] {
  const config = textOf(at(volume, "configMap.name"));
  const claim = textOf(at(volume, "persistentVolumeClaim.claimName"));
  return [
    ...("configMap" in volume && !has(known, "ConfigMap", config)
      ? [`${title} mounts the ConfigMap ${config}, which is not there`]
      : []),
    ...("persistentVolumeClaim" in volume && !has(known, "PersistentVolumeClaim", claim)
      ? [`${title} mounts the claim ${claim}, which is not there`]
      : []),
    ...("secret" in volume ? secretProblems(fieldsOf(volume["secret"]), { title, known }) : []),
  ];
}

function secretProblems(
  secret: Fields,
  { title, known }: { readonly title: string; readonly known: Known },
): readonly string[] {
  const name = textOf(secret["secretName"]);
  const keys = known.secrets.get(name);
  const items = listOf(secret["items"]).map((item) => textOf(at(item, "key")));
  const readers = Number(secret["defaultMode"] ?? 0o644) % 8;
  return [
    ...(keys === undefined ? [`${title} mounts the Secret ${name}, which nobody makes`] : []),
    ...(items.length === 0 ? [`${title} is given all of ${name}`] : []),
    ...items
      .filter((key) => keys !== undefined && !keys.includes(key))
      .map((key) => `${title} wants ${key} of ${name}, which nobody makes`),
    ...(readers === 0 ? [] : [`${title} lets anybody read ${name}`]),
  ];
}

/** Each file that a variable names is mounted, and each secret that is mounted is named: nobody holds what he does not need. */
function fileProblems(container: Container, { title, spec }: Pod): readonly string[] {
  const mounts = mountsOf(container);
  const files = listOf(spec["volumes"]).flatMap((volume) =>
    listOf(at(volume, "secret.items")).map(
      (item) => `${mounts.get(textOf(at(volume, "name"))) ?? ""}/${textOf(at(item, "path"))}`,
    ),
  );
  const named = Object.entries(container.env).filter(([name]) => name.endsWith("_FILE"));
  return [
    ...named
      .filter(([, path]) => !files.includes(path))
      .map(([name, path]) => `${title} is told by ${name} to read ${path}, which is not there`),
    ...files
      .filter((file) => named.every(([, path]) => path !== file))
      .map((file) => `${title} is given ${file} and does not use it`),
  ];
}

const SECRET_NAME = /(KEY|SECRET|PASSWORD|TOKEN|_URL)$/;

/** Secrets are files: a variable of a process is inherited, dumped and printed. */
function variableProblems({ title, fields, env }: Container): readonly string[] {
  const byReference = listOf(fields["env"]).filter((one) => at(one, "valueFrom") !== undefined);
  return [
    ...(byReference.length > 0 || "envFrom" in fields
      ? [`${title} has variables by reference`]
      : []),
    ...Object.keys(env)
      .filter((name) => SECRET_NAME.test(name))
      .map((name) => `${title} has ${name} in a variable`),
  ];
}

/** Certificates are made by the issuer that an annotation names. */
function certificateProblems({ manifests, secrets }: Known): readonly string[] {
  return ["Ingress", "Gateway"].flatMap((kind) =>
    ofKind(manifests, kind).flatMap((manifest) => {
      const named = [
        ...listOf(at(manifest.fields, "spec.tls")).map((tls) => at(tls, "secretName")),
        ...listOf(at(manifest.fields, "spec.listeners")).flatMap((listener) =>
          listOf(at(listener, "tls.certificateRefs")).map((each) => at(each, "name")),
        ),
      ].map((name) => textOf(name));
      const annotations = fieldsOf(at(manifest.fields, "metadata.annotations"));
      const isIssued = textOf(annotations["cert-manager.io/cluster-issuer"]) !== "";
      return named
        .filter((name) => !isIssued && !secrets.has(name))
        .map((name) => `${titleOf(manifest)} wants the certificate ${name}, which nobody makes`);
    }),
  );
}

function has({ manifests }: Known, kind: string, name: string): boolean {
  return manifests.some((manifest) => manifest.kind === kind && manifest.name === name);
}
