import { parseAllDocuments } from "yaml";

import { at, type Fields, fieldsOf, textOf } from "./json.ts";

/** One object as it would be sent to a cluster. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Fields;
  readonly fields: Fields;
};

/** Reads a stream of documents; a key that stands twice is refused. */
export function manifestsFrom(yaml: string): readonly Manifest[] {
  return parseAllDocuments(yaml, { uniqueKeys: true }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      throw error;
    }
    return manifestOf(fieldsOf(document.toJS()));
  });
}

/** Names what its fields say. */
export function manifestOf(fields: Fields): Manifest {
  return {
    apiVersion: textOf(fields["apiVersion"]),
    kind: textOf(fields["kind"]),
    name: textOf(at(fields, "metadata.name")),
    namespace: textOf(at(fields, "metadata.namespace")),
    labels: fieldsOf(at(fields, "metadata.labels")),
    fields,
  };
}

/** How a problem calls it. */
export function titleOf({ kind, name }: Manifest): string {
  return `${kind}/${name}`;
}

/** Those of a kind. */
export function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

/** Whether labels satisfy a selector: `matchLabels` and `matchExpressions`, or plain labels as a Service has them. */
export function selects(selector: unknown, labels: Fields): boolean {
  const fields = fieldsOf(selector);
  const isPlain = !("matchLabels" in fields) && !("matchExpressions" in fields);
  const wanted = isPlain ? fields : fieldsOf(fields["matchLabels"]);
  const expressions = isPlain ? [] : expressionsOf(fields);
  return (
    Object.entries(wanted).every(([key, value]) => labels[key] === value) &&
    expressions.every((holds) => holds(labels))
  );
}

function expressionsOf(selector: Fields): readonly ((labels: Fields) => boolean)[] {
  const { matchExpressions } = selector;
  return (Array.isArray(matchExpressions) ? matchExpressions : []).map((expression) => {
    const { key, operator, values } = fieldsOf(expression);
    const has = (labels: Fields): boolean => textOf(key) in labels;
    const isAmong = (labels: Fields): boolean =>
      Array.isArray(values) && values.includes(labels[textOf(key)]);
    switch (operator) {
      case "In":
        return isAmong;
      case "NotIn":
        return (labels: Fields) => !isAmong(labels);
      case "Exists":
        return has;
      case "DoesNotExist":
        return (labels: Fields) => !has(labels);
      default:
        throw new Error(`a selector has the operator ${String(operator)}`);
    }
  });
}
