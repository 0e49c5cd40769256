import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

import type { Place, Report } from "../finding.ts";
import { LIMITS } from "../limits.ts";
import type { AutoSpan, Entry, MapNode, Node, ScalarNode, ScalarStyle } from "./node.ts";

/** What the tree is read from. */
export type YamlInput = {
  readonly text: string;
  readonly restore: (value: string) => {
    readonly value: string;
    readonly autos: readonly AutoSpan[];
  };
  readonly place: (offset: number) => Place;
  readonly report: Report;
};

/** Read the text of one YAML mapping as our own tree (L9–L12); `undefined` when the report says why not. */
export function readYaml(input: YamlInput): MapNode | undefined {
  const { report, place } = input;
  try {
    const document = parse(input.text);
    const [problem] = document.errors;
    if (problem !== undefined) {
      throw new Refusal(firstSentence(problem.message), problem.pos[0]);
    }
    const root = nodeFrom(document.contents, openReader(input));
    if (root.kind !== "map") {
      throw new Refusal("a document is one mapping, with keys such as name and steps", root.start);
    }
    return root;
  } catch (problem) {
    if (problem instanceof Refusal) {
      report.add("yaml", { at: place(problem.offset), message: problem.message });
      return undefined;
    }
    if (problem instanceof RangeError) {
      const message = `the document is nested deeper than ${LIMITS.yamlDepth} levels`;
      report.add("yaml", { at: place(0), message });
      return undefined;
    }
    throw problem;
  }
}

/** Leaves the recursion; never leaves this file. */
class Refusal extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

function parse(text: string): Document.Parsed {
  return parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
  });
}

function firstSentence(message: string): string {
  return /call stack/.test(message)
    ? `the document is nested deeper than ${LIMITS.yamlDepth} levels`
    : (message.split("\n")[0] ?? message);
}

type Reader = YamlInput & {
  /** What each anchor stands for; null while it is being read. */
  readonly anchors: Map<string, Anchor | null>;
  nodes: number;
  /** Characters of scalars so far, those that aliases repeat included. */
  characters: number;
  aliasCharacters: number;
  aliasUses: number;
  depth: number;
};

/** What an anchor names, with the nodes and the characters of scalars in it. */
type Anchor = { readonly node: Node; readonly size: number; readonly characters: number };

function openReader(input: YamlInput): Reader {
  return {
    ...input,
    anchors: new Map(),
    nodes: 0,
    characters: 0,
    aliasCharacters: 0,
    aliasUses: 0,
    depth: 0,
  };
}

function nodeFrom(yaml: unknown, reader: Reader): Node {
  if (isAlias(yaml)) {
    return aliased(yaml, reader);
  }
  if (!isScalar(yaml) && !isSeq(yaml) && !isMap(yaml)) {
    return { kind: "scalar", value: null, style: "plain", start: 0, end: 0, autos: [] };
  }
  const offset = startOf(yaml);
  checkTag(yaml, offset);
  count(reader, { size: 1, offset });
  if (yaml.anchor === undefined) {
    return contentFrom(yaml, reader);
  }
  reader.anchors.set(yaml.anchor, null);
  const { nodes, characters } = reader;
  const node = contentFrom(yaml, reader);
  reader.anchors.set(yaml.anchor, {
    node,
    size: reader.nodes - nodes + 1,
    characters: reader.characters - characters,
  });
  return node;
}

function contentFrom(yaml: Scalar | YAMLSeq | YAMLMap, reader: Reader): Node {
  if (isScalar(yaml)) {
    return scalarFrom(yaml, reader);
  }
  reader.depth += 1;
  if (reader.depth > LIMITS.yamlDepth) {
    throw new Refusal(`nested deeper than ${LIMITS.yamlDepth} levels`, startOf(yaml));
  }
  const node: Node = isSeq(yaml)
    ? {
        kind: "list",
        start: startOf(yaml),
        items: yaml.items.map((item) => nodeFrom(item, reader)),
      }
    : mapFrom(yaml, reader);
  reader.depth -= 1;
  return node;
}

function aliased(alias: Alias, reader: Reader): Node {
  const offset = startOf(alias);
  reader.aliasUses += 1;
  if (reader.aliasUses > LIMITS.yamlAliasUses) {
    throw new Refusal(`aliases are used more than ${LIMITS.yamlAliasUses} times`, offset);
  }
  const anchor = reader.anchors.get(alias.source);
  if (anchor === undefined) {
    throw new Refusal(`no anchor &${alias.source} stands before this alias`, offset);
  }
  if (anchor === null) {
    throw new Refusal(`the alias *${alias.source} contains itself`, offset);
  }
  count(reader, { size: anchor.size, offset });
  reader.characters += anchor.characters;
  reader.aliasCharacters += anchor.characters;
  if (reader.aliasCharacters > LIMITS.yamlAliasCharacters) {
    const most = LIMITS.yamlAliasCharacters;
    throw new Refusal(`aliases stand for more than ${most} characters`, offset);
  }
  return anchor.node;
}

function count(reader: Reader, { size, offset }: { size: number; offset: number }): void {
  reader.nodes += size;
  if (reader.nodes > LIMITS.yamlNodes) {
    throw new Refusal(`the document has more than ${LIMITS.yamlNodes} nodes`, offset);
  }
}

function startOf(yaml: { range?: readonly number[] | null | undefined }): number {
  return yaml.range?.[0] ?? 0;
}

const CORE_TAG = /^(?:!|tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq))$/;

function checkTag({ tag }: Scalar | YAMLSeq | YAMLMap, offset: number): void {
  if (tag !== undefined && !CORE_TAG.test(tag)) {
    throw new Refusal(`the tag ${tag} is not one of YAML's core schema`, offset);
  }
}

const STYLES: Readonly<Record<string, ScalarStyle>> = {
  PLAIN: "plain",
  QUOTE_SINGLE: "single",
  QUOTE_DOUBLE: "double",
  BLOCK_LITERAL: "literal",
  BLOCK_FOLDED: "folded",
};
const INTEGER = /^[-+]?(?:\d+|0o[0-7]+|0x[0-9a-fA-F]+)$/;

function scalarFrom(yaml: Scalar, reader: Reader): ScalarNode {
  const { value, type, source } = yaml;
  const [start = 0, end = start] = yaml.range ?? [];
  const place = { style: STYLES[type ?? "PLAIN"] ?? "plain", start, end } as const;
  if (typeof value === "number") {
    checkNumber(value, { source: source ?? "", start, reader });
    return { kind: "scalar", value, ...place, autos: [] };
  }
  if (value === null || typeof value === "boolean") {
    return { kind: "scalar", value, ...place, autos: [] };
  }
  const text = typeof value === "string" ? value : (source ?? "");
  reader.characters += text.length;
  return { kind: "scalar", ...reader.restore(text), ...place };
}

function checkNumber(
  value: number,
  { source, start, reader }: { source: string; start: number; reader: Reader },
): void {
  if (!Number.isFinite(value)) {
    throw new Refusal(`${source} is not a number of JSON`, start);
  }
  if (INTEGER.test(source) && !Number.isSafeInteger(value)) {
    reader.report.add("integer_precision", {
      at: reader.place(start),
      message: `the integer ${source} is beyond 2^53 − 1 and is read as ${value}; quote it to keep its digits`,
      suggestions: [`"${source}"`],
    });
  }
}

function mapFrom(yaml: YAMLMap, reader: Reader): MapNode {
  const entries = new Map<string, Entry>();
  const merged: Entry[] = [];
  for (const pair of yaml.items) {
    if (!isPair(pair)) {
      continue;
    }
    const { key, keyStart } = keyFrom(pair, { yaml, reader });
    const value = nodeFrom(pair.value, reader);
    const placed = placedAt(value, keyStart);
    if (key === "<<" && isPlain(pair.key)) {
      for (const entry of mergedEntries(placed, keyStart)) merged.push(entry);
      continue;
    }
    if (entries.has(key)) {
      const message = `the key ${key} stands twice in this mapping; the last one counts`;
      reader.report.add("duplicate_key", { at: reader.place(keyStart), message });
      entries.delete(key);
    }
    entries.set(key, { key, keyStart, value: placed });
  }
  for (const entry of merged) {
    if (!entries.has(entry.key)) {
      entries.set(entry.key, entry);
    }
  }
  return { kind: "map", start: startOf(yaml), entries: [...entries.values()] };
}

/** An empty value has no place of its own. */
function placedAt(value: Node, keyStart: number): Node {
  return value.kind === "scalar" && value.value === null && value.start === 0
    ? { ...value, start: keyStart, end: keyStart }
    : value;
}

function isPlain(key: unknown): boolean {
  return isScalar(key) && (key.type === undefined || key.type === "PLAIN");
}

function keyFrom(
  pair: Pair,
  { yaml, reader }: { yaml: YAMLMap; reader: Reader },
): { readonly key: string; readonly keyStart: number } {
  const node = isAlias(pair.key) ? nodeFrom(pair.key, reader) : pair.key;
  if (isScalar(node)) {
    checkTag(node, startOf(node));
    if (node.anchor !== undefined) {
      nodeFrom(node, reader);
    }
    const text = typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
    return { key: reader.restore(text).value, keyStart: startOf(node) };
  }
  if (typeof node === "object" && node !== null && "kind" in node && node.kind === "scalar") {
    const aliasedKey = "value" in node ? String(node.value) : "";
    return { key: aliasedKey, keyStart: startOf(yaml) };
  }
  throw new Refusal("a key is a text, not a list or a mapping", startOf(yaml));
}

function mergedEntries(value: Node, keyStart: number): readonly Entry[] {
  if (value.kind === "map") {
    return value.entries;
  }
  if (value.kind === "list" && value.items.every((item) => item.kind === "map")) {
    return value.items.flatMap((item) => mergedEntries(item, keyStart));
  }
  throw new Refusal("<<: merges a mapping or a list of mappings", keyStart);
}
