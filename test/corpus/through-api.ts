import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { Code, RpcError } from "@orchestrator/client";
import { compile } from "@orchestrator/pipeline";
import { Finding_Severity as Severity } from "@orchestrator/proto/v1/pipeline_pb";
import { catalogue } from "@orchestrator/tools/catalogue";

import { artefactsOf, runToEnd } from "../harness/run-to-end.ts";
import { startTestMesh, type TestMesh } from "../harness/test-mesh.ts";
import { type Artefact, lintArtefact, lintDocument } from "./artefact-lint.ts";
import {
  type Examined,
  filesIn,
  freshCopy,
  isRecord,
  scriptedConfig,
  type Setting,
  stepsOf,
} from "./examine.ts";
import { sampleInputs } from "./sample-inputs.ts";

const LIMIT_MS = 120_000;

/** Examines documents through the public API of one mesh; the folder's other files are uploaded with each. */
export async function* examineThroughApi(
  files: readonly string[],
  setting: Setting,
): AsyncGenerator<Examined> {
  await using mesh = await startTestMesh({ config: scriptedConfig(setting) });
  for (const file of files) {
    yield await examine(file, { setting, mesh });
  }
}

async function examine(
  file: string,
  { setting, mesh }: { setting: Setting; mesh: TestMesh },
): Promise<Examined> {
  const startedAt = performance.now();
  const workspace = freshCopy(setting.folder);
  try {
    const source = readFileSync(join(workspace, file), "utf8");
    const inputsJson = JSON.stringify(inputsFor(file, { source, setting, workspace }));
    const validation = await mesh.pipelines.validatePipeline({ source, inputsJson });
    const findings = validation.findings
      .filter(({ severity }) => severity !== Severity.INFO)
      .map(({ code, line, column, message }) => `${code} ${line}:${column} ${message}`);
    const ran = await run(mesh, { source, inputsJson, workspace });
    return {
      file,
      valid: validation.valid,
      findings,
      ...factsOf(ran),
      agree: validation.valid === (ran.kind !== "refused"),
      seconds: Math.round(performance.now() - startedAt) / 1000,
    };
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

type Ran =
  | { readonly kind: "refused"; readonly error: string }
  | { readonly kind: "ended"; readonly document: unknown; readonly artefacts: readonly Artefact[] }
  | { readonly kind: "broken"; readonly problem: string };

function factsOf(ran: Ran) {
  const none = { status: null, steps: {}, outputs: null, artefacts: [], faults: [] };
  switch (ran.kind) {
    case "refused":
      return { ...none, error: ran.error };
    case "broken":
      return { ...none, error: null, problem: ran.problem };
    case "ended": {
      const { document, artefacts } = ran;
      const facts = isRecord(document) ? document : {};
      return {
        status: typeof facts["status"] === "string" ? facts["status"] : null,
        error: typeof facts["error"] === "string" ? facts["error"] : null,
        steps: stepsOf(document),
        outputs: facts["outputs"],
        artefacts: artefacts.map(({ path }) => path),
        faults: [...artefacts.flatMap(lintArtefact), ...lintDocument(document)],
      };
    }
  }
}

async function run(
  mesh: TestMesh,
  { source, inputsJson, workspace }: { source: string; inputsJson: string; workspace: string },
): Promise<Ran> {
  const files = [...filesIn(workspace)]
    .filter(([path]) => !/\.ya?ml$/.test(path))
    .map(([path, content]) => ({ path, content }));
  try {
    const inputs: Record<string, unknown> = JSON.parse(inputsJson);
    const { runId, document } = await runToEnd(mesh, { source, inputs, files, limitMs: LIMIT_MS });
    const artefacts = await artefactsOf(mesh, runId);
    return {
      kind: "ended",
      document,
      artefacts: [...artefacts].map(([path, content]) => ({ path, content })),
    };
  } catch (error) {
    return error instanceof RpcError && error.code === Code.InvalidArgument
      ? { kind: "refused", error: error.message }
      : { kind: "broken", problem: String(error) };
  }
}

function inputsFor(
  file: string,
  { source, setting, workspace }: { source: string; setting: Setting; workspace: string },
) {
  const compilation = compile(source, { bundle: [], catalogue });
  const name = file.replace(/\.ya?ml$/, "");
  return compilation.kind === "compiled"
    ? sampleInputs(compilation.plan, { name, source, prepared: setting.prepared, workspace })
    : {};
}
