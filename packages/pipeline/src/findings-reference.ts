import { FAILURE_CODES, type FailureSpec } from "./failure-codes.ts";
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
    "## failures of steps",
    "",
    "`retry_on` and handlers match the code, the type, or what the type also is. A reported failure completes the step",
    "without success; any other fails it. What is not retried fails at once, whatever the policy.",
    "",
    "| code | type | also | reported | retried |",
    "|---|---|---|---|---|",
    ...Object.entries(FAILURE_CODES).map(failureRow),
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

function failureRow([code, { type, supertypes, reported, retried }]: [
  string,
  FailureSpec,
]): string {
  const also = supertypes.map((name) => `\`${name}\``).join(", ");
  return `| \`${code}\` | \`${type}\` | ${also} | ${yes(reported)} | ${yes(retried)} |`;
}

function yes(fact: boolean): string {
  return fact ? "yes" : "";
}

function cell(code: string, trigger: string): string {
  const text = EITHER.has(code) ? `${trigger} (Error or warning.)` : trigger;
  return text.replaceAll("|", "\\|");
}
