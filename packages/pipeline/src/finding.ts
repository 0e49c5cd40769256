import { FINDING_CODES, type FindingCode, type Severity } from "./finding-codes.ts";
import { LIMITS } from "./limits.ts";

/** What the compiler has to say of a document (L170). Absent facts are null. */
export type Finding = {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly category: string;
  /** The step concerned; null for the document itself. */
  readonly step: string | null;
  /** The field concerned: inside its step when there is one (`parameters.content`), else from the top. */
  readonly path: string | null;
  /** The same as `path`. */
  readonly parameter_path: string | null;
  /** From 1. */
  readonly line: number | null;
  /** From 1. */
  readonly column: number | null;
  readonly referenced_step: string | null;
  readonly referenced_field: string | null;
  readonly message: string;
  /** The nearest valid name or the line to add first. */
  readonly suggestions: readonly string[];
};

/** A place in a document; line and column from 1. */
export type Place = { readonly line: number; readonly column: number };

/** What a check knows of a finding beside its code. */
export type FindingFacts = {
  readonly at: Place | null;
  readonly message: string;
  readonly step?: string | null;
  readonly path?: string | null;
  readonly referencedStep?: string;
  readonly referencedField?: string;
  readonly suggestions?: readonly string[];
  /** For the codes that may be either (L173). */
  readonly severity?: Severity;
};

/** Collects the findings of one compilation. */
export interface Report {
  add(code: FindingCode, facts: FindingFacts): void;
  /** Whether an error was added. */
  readonly refused: boolean;
  /** More was found than is reported: suggestions are no longer looked for. */
  readonly crowded: boolean;
  /** In document order, at most 200 of them (L218); errors are kept before others. */
  findings(): readonly Finding[];
}

/** Findings that are kept, so that what is found of a small document cannot fill the memory. */
const MAX_KEPT = 10_000;

/** Open an empty report. */
export function createReport(): Report {
  const found = new Map<string, Finding>();
  let refused = false;
  let errors = 0;
  let beyond = 0;
  return {
    add(code, facts) {
      const finding = findingFrom(code, facts);
      const isError = finding.severity === "error";
      errors += isError ? 1 : 0;
      // All that are reported are among these.
      if (found.size >= MAX_KEPT && !(isError && errors <= LIMITS.findings)) {
        refused ||= isError;
        beyond += 1;
        return;
      }
      // One cause gives one finding (L170): the same words at the same place are the same cause.
      found.set(`${code}\n${finding.line}:${finding.column}\n${finding.message}`, finding);
      refused ||= isError;
    },
    get refused() {
      return refused;
    },
    get crowded() {
      return found.size >= LIMITS.findings;
    },
    findings() {
      return bounded([...found.values()], beyond);
    },
  };
}

function findingFrom(code: FindingCode, facts: FindingFacts): Finding {
  const { severity, category } = FINDING_CODES[code];
  return {
    code,
    severity: facts.severity ?? severity,
    category,
    step: facts.step ?? null,
    path: facts.path ?? null,
    parameter_path: facts.path ?? null,
    line: facts.at?.line ?? null,
    column: facts.at?.column ?? null,
    referenced_step: facts.referencedStep ?? null,
    referenced_field: facts.referencedField ?? null,
    message: facts.message,
    suggestions: facts.suggestions ?? [],
  };
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

function bounded(findings: readonly Finding[], beyond: number): readonly Finding[] {
  if (findings.length <= LIMITS.findings) {
    return findings.toSorted(byPlace);
  }
  const ranked = findings.toSorted((a, b) => RANK[a.severity] - RANK[b.severity] || byPlace(a, b));
  const dropped = ranked.slice(LIMITS.findings - 1);
  const more = findingFrom("limit", {
    at: null,
    severity: dropped[0]?.severity ?? "info",
    message: `${dropped.length + beyond} more findings are not shown; ${LIMITS.findings} are reported at most`,
  });
  return [...ranked.slice(0, LIMITS.findings - 1).toSorted(byPlace), more];
}

function byPlace(a: Finding, b: Finding): number {
  return (
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    RANK[a.severity] - RANK[b.severity]
  );
}
