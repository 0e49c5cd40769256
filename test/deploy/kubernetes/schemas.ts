import { readFileSync } from "node:fs";

import { parseAllDocuments } from "yaml";

import { goFiles, type GoModule } from "./go-tools.ts";
import { at, type Fields, fieldsOf, listOf, textOf } from "./json.ts";
import { type Manifest, titleOf } from "./manifest.ts";
import { schemaProblems } from "./schema-walk.ts";

/** Says what is wrong with an object, as its kind is defined. */
export type Schemas = (manifest: Manifest) => readonly string[];

/** From the oldest version that the guide promises to a new one: fields come, and kinds go. */
const KUBERNETES: readonly GoModule[] = [
  {
    path: "k8s.io/kubernetes",
    version: "v1.30.14",
    sum: "h1:MrlKXh9uhLIJpyxOeXhcndzRVSvwiV9iJ8NgH8nqPsg=",
  },
  {
    path: "k8s.io/kubernetes",
    version: "v1.36.3",
    sum: "h1:qDQdoMiluAE2Eab6Fa52YV+WjiGz9mZFFoagEA6cI+o=",
  },
];
const DEFINITIONS: readonly (GoModule & { readonly files: readonly string[] })[] = [
  {
    path: "sigs.k8s.io/gateway-api",
    version: "v1.4.1",
    sum: "h1:NPxFutNkKNa8UfLd2CMlEuhIPMQgDQ6DXNKG9sHbJU8=",
    files: ["gateways", "httproutes", "grpcroutes"].map(
      (kinds) => `config/crd/standard/gateway.networking.k8s.io_${kinds}.yaml`,
    ),
  },
  {
    path: "k8s.io/autoscaler/vertical-pod-autoscaler",
    version: "v1.7.3",
    sum: "h1:MGd2lqWWrnT0nUurQ2g5t6lDf6hG7yJai5ZGadqEoRU=",
    files: ["deploy/vpa-v1-crd-gen.yaml"],
  },
  {
    path: "github.com/prometheus-operator/prometheus-operator",
    version: "v0.85.0",
    sum: "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
    files: ["servicemonitors", "prometheusrules"].map(
      (kinds) => `example/prometheus-operator-crd/monitoring.coreos.com_${kinds}.yaml`,
    ),
  },
];
const METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** What the schemas are of, for whoever reads what was seen. */
export const SCHEMAS_OF: string = [...KUBERNETES, ...DEFINITIONS]
  .map(({ path, version }) => `${path.split("/").at(-1)} ${version}`)
  .join(", ");

/** Reads the schemas of Kubernetes and of the kinds that others define, fetched where they are not there yet. */
export function openSchemas(): Schemas {
  const crds = DEFINITIONS.flatMap((module) => goFiles(module, module.files)).map((file) =>
    readFileSync(file, "utf8"),
  );
  const versions = KUBERNETES.map((kubernetes) => schemasOf(kubernetes, crds));
  return (manifest) => [...new Set(versions.flatMap((schemas) => schemas(manifest)))];
}

function schemasOf(kubernetes: GoModule, crds: readonly string[]): Schemas {
  const [swagger = ""] = goFiles(kubernetes, ["api/openapi-spec/swagger.json"]);
  const definitions = fieldsOf(at(JSON.parse(readFileSync(swagger, "utf8")), "definitions"));
  const metadata = fieldsOf(definitions[METADATA]);
  const kinds = new Map([
    ...Object.values(definitions).flatMap((schema) => builtIn(fieldsOf(schema))),
    ...crds.flatMap((crd) => defined(crd, metadata)),
  ]);
  const resolve = (reference: string): Fields => {
    const found = definitions[reference.replace("#/definitions/", "")];
    if (found === undefined) {
      throw new Error(`the schemas name ${reference}, but have none`);
    }
    return fieldsOf(found);
  };
  return (manifest) => {
    const title = titleOf(manifest);
    const schema = kinds.get(`${manifest.apiVersion} ${manifest.kind}`);
    return schema === undefined
      ? [`${title}: there is no kind ${manifest.kind} in ${manifest.apiVersion}`]
      : schemaProblems(manifest.fields, schema, { path: title, resolve });
  };
}

type Kind = readonly [string, Fields];

function builtIn(schema: Fields): readonly Kind[] {
  return listOf(schema["x-kubernetes-group-version-kind"]).map((each) => {
    const { group, version, kind } = fieldsOf(each);
    const apiVersion = group === "" ? textOf(version) : `${textOf(group)}/${textOf(version)}`;
    return [`${apiVersion} ${textOf(kind)}`, schema];
  });
}

/** Definitions of kinds leave what all objects have to the cluster. */
function defined(yaml: string, metadata: Fields): readonly Kind[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    const { spec } = fieldsOf(document.toJS());
    return listOf(at(spec, "versions")).map((version): Kind => {
      const schema = fieldsOf(at(version, "schema.openAPIV3Schema"));
      const apiVersion = `${textOf(at(spec, "group"))}/${textOf(at(version, "name"))}`;
      const properties = { ...fieldsOf(schema["properties"]), metadata };
      return [`${apiVersion} ${textOf(at(spec, "names.kind"))}`, { ...schema, properties }];
    });
  });
}
