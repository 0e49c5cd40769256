import type { Catalogue } from "./catalogue.ts";
import { readAttempts } from "./check/attempts.ts";
import { type Call, callOf } from "./check/calls.ts";
import { catalogueIndex } from "./check/catalogue-index.ts";
import { type Checker, type LoopScope, noUses } from "./check/checker.ts";
import { checkContainer } from "./check/containers.ts";
import { fieldFrom } from "./check/fields.ts";
import { checkInputs } from "./check/inputs.ts";
import { warnOfLoopKeys } from "./check/loop-keys.ts";
import { isSequential } from "./check/loop-scope.ts";
import { checkShadowing, namesOf } from "./check/names.ts";
import { checkOutputs, type CheckedOutputs } from "./check/outputs.ts";
import { type CheckedStep, checkStep, type Inherited } from "./check/steps.ts";
import { type Context, find } from "./desugar/context.ts";
import type { CoreDocument, CoreStep } from "./desugar/core.ts";
import { readDocument } from "./desugar/read-document.ts";
import { createReport, type Finding, type Report } from "./finding.ts";
import { buildGraph } from "./graph/graph.ts";
import { createLinks } from "./graph/links.ts";
import { bundleFiles } from "./include/bundle-files.ts";
import type { IncludeFiles } from "./include/include-files.ts";
import { Inclusions } from "./include/inclusion.ts";
import { LIMITS } from "./limits.ts";
import type { Field, Plan } from "./plan.ts";
import { documentHash } from "./plan/document-hash.ts";
import { makePlan } from "./plan/make-plan.ts";
import { openSource } from "./source/source.ts";

/** A file that came with a document. */
export type BundledFile = { readonly path: string; readonly content: Uint8Array };

/** What compiling a document gives: a plan, or the reasons why there is none. */
export type Compilation =
  | { readonly kind: "compiled"; readonly plan: Plan; readonly findings: readonly Finding[] }
  | {
      readonly kind: "refused";
      readonly pipelineId?: string;
      readonly findings: readonly Finding[];
    };

/** What the compiler is given beside the text. */
export type CompileOptions = {
  readonly bundle: readonly BundledFile[];
  /** Where included files are looked up, when not in the bundle. */
  readonly files?: IncludeFiles;
  readonly catalogue: Catalogue;
};

/** Compile a document (L169): the one compiler of validation, submission and everything else. Reads and runs nothing. */
export function compile(
  text: string,
  { bundle, catalogue, files = bundleFiles(bundle) }: CompileOptions,
): Compilation {
  const report = createReport();
  checkBundle(report, bundle);
  const source = openSource(text, report);
  if (source === undefined) {
    return { kind: "refused", findings: report.findings() };
  }
  const inclusions = new Inclusions(files);
  const context: Context = { source, report, links: createLinks(), inclusions };
  const document = readDocument(context);
  const parts = checkDocument(context, document, catalogue);
  if (report.refused) {
    return { kind: "refused", pipelineId: document.facts.id, findings: report.findings() };
  }
  const plan = makePlan({ document, documentHash: documentHash(text, bundle), ...parts });
  return { kind: "compiled", plan, findings: report.findings() };
}

function checkBundle(report: Report, bundle: readonly BundledFile[]): void {
  const bytes = bundle.reduce((sum, { content }) => sum + content.byteLength, 0);
  if (bytes > LIMITS.bundleBytes) {
    const message = `the files with the document are larger than ${LIMITS.bundleBytes} bytes in all`;
    report.add("limit", { at: null, message });
  }
}

function checkDocument(context: Context, document: CoreDocument, catalogue: Catalogue) {
  const index = catalogueIndex(catalogue);
  const calls = document.steps.map((step) => callOf(context, step, index));
  const names = namesOf(document, calls);
  const checker: Checker = { context, names };
  checkShadowing(context, document, names);
  const inputs = checkInputs(checker, document.inputs);
  const sections = checkSections(checker, document);
  const { defaults } = document;
  const inherited = { defaults, index, attempts: readAttempts(context, defaults.attempts) };
  const steps = checkSteps(checker, document, { calls, inherited });
  const outputs = checkOutputs(checker, {
    outputs: document.outputs,
    hidden: {
      inputs: new Set(inputs.flatMap((input) => (input.sensitive === true ? input.name : []))),
      steps: new Set(steps.flatMap(({ core, isSensitive }) => (isSensitive ? core.id : []))),
    },
  });
  const graph = buildGraph(context, { steps, outputs, hidden: names.hidden });
  checkLinks(context);
  const requires = new Set([
    ...calls.flatMap((call) => call?.spec.requires ?? []),
    ...steps.flatMap((step) => step.requires),
  ]);
  return {
    inputs,
    sections,
    steps,
    outputs: outputs.outputs,
    graph,
    parametersRead: parametersRead(steps, outputs),
    requires: [...requires].toSorted(),
  };
}

/** Containers before what they hold, which is seen from inside of them. */
function checkSteps(
  checker: Checker,
  { steps }: CoreDocument,
  { calls, inherited }: { calls: readonly (Call | undefined)[]; inherited: Inherited },
): readonly CheckedStep[] {
  const inside = new Map<CoreStep | null, readonly LoopScope[]>([[null, []]]);
  return steps.map((step) => {
    const loops = inside.get(step.container) ?? [];
    if (step.form !== null) {
      const checked = checkContainer(checker, step, { inherited, loops });
      inside.set(step, checked.inside);
      return checked.step;
    }
    warnOfLoopKeys(checker, step);
    checkSetting(checker, step, loops);
    return checkStep(checker, step, { call: calls[step.ordinal], inherited, loops });
  });
}

/** L186: what is set must not depend on which of several iterations is faster. */
function checkSetting(checker: Checker, step: CoreStep, loops: readonly LoopScope[]): void {
  const { context, names } = checker;
  const parallel = loops.find((scope) => !isSequential(scope));
  if (parallel !== undefined && names.allSetters.includes(step)) {
    find(context, "parallel_set", {
      where: { step: step.id, path: "action", offset: step.offset },
      message: `${step.id} sets variables in the loop ${parallel.loop.id}, whose iterations may run side by side`,
    });
  }
}

function checkLinks({ links, report }: Context): void {
  if (links.exceeded) {
    const message = `the steps of a document wait for at most ${LIMITS.edges} others in all`;
    report.add("limit", { at: null, path: "steps", message });
  }
}

function checkSections(checker: Checker, { sections }: CoreDocument): Record<string, Field> {
  const scope = { kind: "inputs", self: null } as const;
  return Object.fromEntries(
    sections.map(({ name, node }) => [
      name,
      fieldFrom(checker, node, { step: null, path: name, scope, uses: noUses() }),
    ]),
  );
}

function parametersRead(
  steps: readonly CheckedStep[],
  { uses }: CheckedOutputs,
): ReadonlySet<string> {
  const all = new Set<string>();
  for (const own of [...steps.map((step) => step.uses), ...uses.values()]) {
    own.parametersOf.forEach((id) => all.add(id));
  }
  return all;
}
