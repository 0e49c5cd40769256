import type { Catalogue } from "./catalogue.ts";
import type { Finding } from "./finding.ts";
import type { Plan } from "./plan.ts";

/** A file that came with a document. */
export type BundledFile = { readonly path: string; readonly content: Uint8Array };

/** What compiling a document gives: a plan, or the reasons why there is none. */
export type Compilation =
  | { readonly kind: "compiled"; readonly plan: Plan; readonly findings: readonly Finding[] }
  | { readonly kind: "refused"; readonly pipelineId?: string; readonly findings: readonly Finding[] };

/** What the compiler is given beside the text. */
export type CompileOptions = {
  readonly bundle: readonly BundledFile[];
  readonly catalogue: Catalogue;
};
