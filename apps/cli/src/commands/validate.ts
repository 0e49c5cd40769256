import {
  bindInputs,
  compile,
  type Compilation,
  validationJson,
  validationText,
} from "@orchestrator/pipeline";
import { catalogue } from "@orchestrator/tools/catalogue";

import { readDocument } from "../document-file.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { type InputFlags, suppliedInputs } from "../input-flags.ts";
import type { Io } from "../io.ts";
import { jsonText } from "../output/answer.ts";

type Options = InputFlags & { readonly json?: boolean; readonly strict?: boolean };

/** `validate`: what the compiler finds in a document, and with inputs what a submission would (L169, L172). */
export async function validate(io: Io, file: string, options: Options): Promise<ExitCode> {
  const source = readDocument(io, file);
  const compilation = compile(source, { bundle: [], catalogue });
  const refusal = refusedInputs(io, compilation, options);
  const report = { file, compilation, violations: refusal, strict: options.strict ?? false };
  io.stdout.write(
    options.json === true ? `${jsonText(validationJson(report))}\n` : validationText(report),
  );
  const hasWarnings = compilation.findings.some(({ severity }) => severity === "warning");
  const isRefused = compilation.kind === "refused" || refusal.length > 0;
  return isRefused || (options.strict === true && hasWarnings) ? EXIT.usage : EXIT.ok;
}

function refusedInputs(io: Io, compilation: Compilation, options: Options) {
  const hasInputs = (options.input ?? []).length > 0 || options.context !== undefined;
  if (compilation.kind === "refused" || !hasInputs) {
    return [];
  }
  const bound = bindInputs(compilation.plan, suppliedInputs(io, compilation.plan, options));
  return bound.kind === "refused" ? bound.violations : [];
}
