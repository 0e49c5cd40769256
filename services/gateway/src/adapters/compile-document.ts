import type { Finding, Plan } from "@orchestrator/pipeline";

import type { Compiler } from "../compiler.ts";
import { invalidField, pipelineInvalid } from "../errors.ts";
import type { SubmittedFile } from "../submitted-files.ts";
import { violationsFromFindings } from "../wire.ts";

/** A document that a request brings. */
export type SubmittedDocument = {
  readonly source: string;
  readonly bundle: readonly SubmittedFile[];
};

/** Compile a document that is to be stored; throws INVALID_ARGUMENT when it cannot be. */
export async function compileDocument(
  compiler: Compiler,
  { source, bundle }: SubmittedDocument,
  signal: AbortSignal,
): Promise<{ readonly plan: Plan; readonly findings: readonly Finding[] }> {
  const compilation = await compiler.compile(source, { bundle, signal });
  if (compilation.kind === "refused") {
    throw pipelineInvalid(violationsFromFindings(compilation.findings));
  }
  const { plan, findings } = compilation;
  const { name, version } = plan.pipeline;
  const texts = [name, version ?? "", ...Object.entries(plan.labels).flat()];
  if (texts.some((text) => text.includes("\0"))) {
    throw invalidField("source", "name, version and labels must not hold the character NUL");
  }
  return { plan, findings };
}
