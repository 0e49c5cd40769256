import type { Compilation } from "@orchestrator/pipeline";

/** A file that a document includes. */
export type BundleFile = { readonly path: string; readonly content: Uint8Array };

/** What compiles documents for the API: the same compiler as everywhere (L169). */
export interface Compiler extends AsyncDisposable {
  /** Compile a document, or reject with the signal's reason. The same text is compiled once. */
  compile(
    source: string,
    options: { readonly bundle: readonly BundleFile[]; readonly signal: AbortSignal },
  ): Promise<Compilation>;
}
