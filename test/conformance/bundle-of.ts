import type { BundledFile } from "@orchestrator/pipeline";

import type { CaseFiles } from "./case.ts";

/** The files of a case as they come with its document. */
export function bundleOf(files: CaseFiles = {}): readonly BundledFile[] {
  return Object.entries(files).map(([path, file]) => ({
    path,
    content: Buffer.from(typeof file === "string" ? file : file.text.repeat(file.times)),
  }));
}
