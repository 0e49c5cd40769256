import type { FindingCode } from "../finding-codes.ts";
import type { FindingFacts, Report } from "../finding.ts";
import type { Links } from "../graph/links.ts";
import type { Inclusions } from "../include/inclusion.ts";
import type { Source } from "../source/source.ts";

/** What every part of the compiler is given: the places of the document and where findings go. */
export type Context = {
  readonly source: Source;
  readonly report: Report;
  readonly links: Links;
  readonly inclusions: Inclusions;
};

/** Where something stands: the step, the path inside it, and the offset. */
export type Where = {
  readonly step: string | null;
  readonly path: string;
  readonly offset: number;
};

/** Add a finding at an offset. */
export function find(
  { source, report }: Context,
  code: FindingCode,
  { where, ...facts }: { readonly where: Where } & Omit<FindingFacts, "at" | "step" | "path">,
): void {
  report.add(code, {
    ...facts,
    at: source.place(where.offset),
    step: where.step,
    path: where.path === "" ? null : where.path,
  });
}

/** Say that something's meaning stands in a rule that this build does not implement. */
export function findLater(
  context: Context,
  what: string,
  { where, rule }: { readonly where: Where; readonly rule: string },
): void {
  find(context, "not_yet_supported", { where, message: `${what} is not supported yet (${rule})` });
}

/** A path one level further down. */
export function joinPath(path: string, key: string | number): string {
  if (typeof key === "number") {
    return `${path}[${key}]`;
  }
  return path === "" ? key : `${path}.${key}`;
}
