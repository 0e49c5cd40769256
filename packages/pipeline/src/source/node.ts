import type { Json } from "@orchestrator/template";

/** A value of a document with its place; offsets count in the text whose line ends are LF. */
export type Node = ScalarNode | ListNode | MapNode;

/** A text, number, boolean or null. */
export type ScalarNode = {
  readonly kind: "scalar";
  readonly value: null | boolean | number | string;
  readonly style: ScalarStyle;
  readonly start: number;
  readonly end: number;
  /** The AUTO tags inside; `value` holds them as they were written. */
  readonly autos: readonly AutoSpan[];
  /** Where this was written, when files were put into it (L166): the scalar, and the place there of each character. */
  readonly written?: {
    readonly scalar: ScalarNode;
    readonly indexOf: (index: number) => number;
  };
};

export type ScalarStyle = "plain" | "single" | "double" | "literal" | "folded";

export type ListNode = {
  readonly kind: "list";
  readonly start: number;
  readonly items: readonly Node[];
};

export type MapNode = {
  readonly kind: "map";
  readonly start: number;
  /** Each key once. */
  readonly entries: readonly Entry[];
};

export type Entry = { readonly key: string; readonly keyStart: number; readonly value: Node };

/** An `<AUTO …>…</AUTO>` that was lifted out of a scalar (L13). */
export type AutoSpan = {
  readonly attributes: Readonly<Record<string, string>>;
  readonly body: string;
  /** As it was written, escapes decoded. */
  readonly raw: string;
  readonly start: number;
};

/** The entry of a mapping. */
export function entryOf(map: MapNode, key: string): Entry | undefined {
  return map.entries.find((entry) => entry.key === key);
}

/** The JSON value of a node. */
export function jsonOfNode(node: Node): Json {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(jsonOfNode);
    case "map":
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, jsonOfNode(value)]));
  }
}

/** The text of a scalar, trimmed; `undefined` for null, lists and mappings. */
export function wordOf(node: Node | undefined): string | undefined {
  return node?.kind === "scalar" && node.value !== null ? String(node.value).trim() : undefined;
}

/** The one AUTO that a scalar consists of. */
export function soleAuto(node: Node): AutoSpan | undefined {
  const [auto, ...others] = node.kind === "scalar" ? node.autos : [];
  return node.kind === "scalar" &&
    auto !== undefined &&
    others.length === 0 &&
    String(node.value).trim() === auto.raw.trim()
    ? auto
    : undefined;
}
