import type { Condition } from "../conditions/parse.ts";
import { FILTER_DEFINITIONS } from "../filters/registry.ts";
import { globalsFor } from "../globals/registry.ts";
import type { Template } from "../parse/template.ts";
import { collectExpression, collectStatements } from "./collect.ts";
import { Collector } from "./collector.ts";
import type { Reference } from "./reference.ts";

/** What can be known of a template without rendering it. */
export type Facts = {
  readonly references: readonly Reference[];
  /** It calls what only a run can answer, or that may answer otherwise next time (L74). */
  readonly impure: boolean;
  /** It has no markup at all (L58). */
  readonly literal: boolean;
  /** The functions and filters of the run that it uses, with their places (`now` is deprecated). */
  readonly calls: readonly { readonly name: string; readonly offset: number }[];
  /** Places of integers beyond 2^53 − 1 (L3). */
  readonly imprecise: readonly number[];
};

/** Finds the references and other facts of a template or condition. */
export function factsOf(parsed: Template | Condition): Facts {
  const collector = new Collector(parsed.source, isImpure);
  collect(parsed, collector);
  return { ...collector.result(), literal: parsed.kind === "template" && parsed.literal };
}

function collect(parsed: Template | Condition, collector: Collector): void {
  if (parsed.kind === "template") collectStatements(parsed.body, collector);
  else if (parsed.form === "template") collectStatements(parsed.template.body, collector);
  else if (parsed.form === "expression") collectExpression(parsed.node, collector);
}

function isImpure(name: string, kind: "filter" | "call"): boolean {
  if (kind === "filter") return FILTER_DEFINITIONS.get(name)?.impure !== undefined;
  return globalsFor({ row: false }).get(name)?.impure !== undefined;
}
