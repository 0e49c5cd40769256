import { compile, isValid, validationJson, validationText } from "@orchestrator/pipeline";
import { catalogue } from "@orchestrator/tools/catalogue";

import { folderOfDocument, readDocument } from "../document-file.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { type InputFlags, suppliedInputs } from "../input-flags.ts";
import type { Io } from "../io.ts";
import { validated } from "../run/submission.ts";

type Options = InputFlags & { readonly json?: boolean; readonly strict?: boolean };

/** `validate`: what the compiler finds in a document, and with inputs what a submission would (L169, L172). */
export async function validate(io: Io, file: string, options: Options): Promise<ExitCode> {
  const { json = false, strict = false } = options;
  const source = readDocument(io, file);
  const compilation = compile(source, {
    bundle: [],
    files: folderOfDocument(io, file),
    catalogue,
  });
  const plan = compilation.kind === "compiled" ? compilation.plan : undefined;
  const inputs = suppliedInputs(io, plan, options);
  const hasInputs = (options.input ?? []).length > 0 || options.context !== undefined;
  const validation = hasInputs ? validated(file, compilation, inputs) : { file, compilation };
  const text = json
    ? JSON.stringify(validationJson(validation), null, 2)
    : validationText(validation);
  io.stdout.write(`${text}\n`);
  return isValid(validation, { strict }) ? EXIT.ok : EXIT.usage;
}
