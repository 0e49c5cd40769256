import { FINDING_CODES, RUN_CODES, type Severity } from "./finding-codes.ts";

const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];
const EITHER = new Set(["unknown_key", "unknown_parameter", "data_flow_undefined_output"]);

/** The text of `docs/reference/findings.md`, made from the table of codes. */
export function findingsReference(): string {
  const tables = SEVERITIES.flatMap(tableOf);
  return [
    "# Findings",
    "",
    "Generated from `packages/pipeline/src/finding-codes.ts`. An error refuses the document before anything runs.",
    "",
    ...tables,
    "## runs and submissions",
    "",
    "| code | where, and what triggers it |",
    "|---|---|",
    ...Object.entries(RUN_CODES).map(([code, trigger]) => `| \`${code}\` | ${trigger} |`),
    "",
  ].join("\n");
}

function tableOf(severity: Severity): readonly string[] {
  const rows = Object.entries(FINDING_CODES)
    .filter(([, spec]) => spec.severity === severity)
    .map(([code, spec]) => `| \`${code}\` | ${spec.category} | ${cell(code, spec.trigger)} |`);
  return [
    `## ${severity}`,
    "",
    "| code | category | what triggers it |",
    "|---|---|---|",
    ...rows,
    "",
  ];
}

function cell(code: string, trigger: string): string {
  const text = EITHER.has(code) ? `${trigger} (Error or warning.)` : trigger;
  return text.replaceAll("|", "\\|");
}
