import {
  bindInputs,
  type BundledFile,
  compile,
  type Compilation,
  type Finding,
  type IncludeFiles,
  isValid,
  type JsonObject,
  type Plan,
  renderSections,
  type Validation,
  validationText,
} from "@orchestrator/pipeline";
import { catalogue } from "@orchestrator/tools/catalogue";

import { CliError } from "../cli-error.ts";
import type { Connection } from "../connection.ts";
import { folderOfDocument, readDocument } from "../document-file.ts";
import { EXIT } from "../exit-code.ts";
import { type InputFlags, suppliedInputs } from "../input-flags.ts";
import type { Io } from "../io.ts";
import { cliErrorFrom } from "../thrown.ts";

/** What is to be run, and with which inputs. */
export type Submission = {
  readonly what:
    | { readonly case: "source"; readonly value: string }
    | { readonly case: "pipeline"; readonly value: { readonly name: string } };
  /** What the document includes. */
  readonly bundle: readonly BundledFile[];
  /** Undefined where a stored pipeline is of another version than this command. */
  readonly plan: Plan | undefined;
  readonly inputs: JsonObject;
};

type Options = InputFlags & { readonly strict?: boolean };

/** A document of this machine: compiled as the mesh will, so that a refusal says where in the file, before anything starts. */
export function submissionOfFile(io: Io, file: string, options: Options): Submission {
  const source = readDocument(io, file);
  const files = folderOfDocument(io, file);
  const compilation = compile(source, { bundle: [], files, catalogue });
  const plan = compilation.kind === "compiled" ? compilation.plan : undefined;
  const inputs = suppliedInputs(io, plan, options);
  const validation = validated(file, compilation, inputs);
  if (!isValid(validation, { strict: options.strict ?? false })) {
    throw new CliError(validationText(validation), EXIT.usage);
  }
  if (
    io.stderr.isTerminal &&
    validation.compilation.findings.some(({ severity }) => severity === "warning")
  ) {
    io.stderr.write(`${validationText(validation)}\n`);
  }
  return { what: { case: "source", value: source }, bundle: files.bundle, plan, inputs };
}

/** A stored pipeline: its declarations say how the flags are read (L23). */
export async function submissionOfName(
  io: Io,
  { pipelines }: Connection,
  { name, ...options }: Options & { readonly name: string },
): Promise<Submission> {
  const { source } = await storedPipeline(pipelines, name);
  const compilation = compile(source, { bundle: [], files: ELSEWHERE, catalogue });
  const plan = compilation.kind === "compiled" ? compilation.plan : undefined;
  return {
    bundle: [],
    what: { case: "pipeline", value: { name } },
    plan,
    inputs: suppliedInputs(io, plan, options),
  };
}

/** The mesh has what a stored pipeline includes; its declarations of inputs say the same without it. */
const ELSEWHERE: IncludeFiles = {
  find: (path) => ({ kind: "found", path, text: "", bytes: 0 }),
};

/** A document with inputs, as a submission would judge them (L169). */
export function validated(file: string, compilation: Compilation, inputs: JsonObject): Validation {
  if (compilation.kind === "refused") {
    return { file, compilation };
  }
  const bound = bindInputs(compilation.plan, inputs);
  if (bound.kind === "refused") {
    return { file, compilation, violations: bound.violations };
  }
  const sections = renderSections(compilation.plan, bound.inputs);
  const problems = sections.kind === "rendered" ? [] : sections.problems;
  const warnings = bound.warnings.map(({ message }) => undeclared(message));
  return {
    file,
    compilation: { ...compilation, findings: [...compilation.findings, ...warnings] },
    violations: problems.map(({ message }) => ({ code: "INPUT_INVALID", input: "", message })),
  };
}

async function storedPipeline(pipelines: Connection["pipelines"], name: string) {
  try {
    return await pipelines.getPipeline({ name });
  } catch (thrown) {
    const error = cliErrorFrom(thrown);
    if (error.exitCode !== EXIT.notFound) throw thrown;
    const advice = `"orchestrator pipelines list" shows what is stored; a file is named with its ending: ${name}.yaml`;
    throw new CliError(`${error.message}; ${advice}`, EXIT.notFound, { cause: thrown });
  }
}

/** An input that is not declared (L26), in the shape of a finding. */
function undeclared(message: string): Finding {
  return {
    code: "undeclared_input",
    severity: "warning",
    category: "input",
    step: null,
    path: "inputs",
    parameter_path: "inputs",
    line: null,
    column: null,
    referenced_step: null,
    referenced_field: null,
    message,
    suggestions: [],
  };
}
