import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { compile } from "@orchestrator/pipeline";
import { catalogue } from "@orchestrator/tools/catalogue";
import { stringify } from "yaml";

import { lintArtefact, lintDocument } from "./artefact-lint.ts";
import {
  changed,
  type Examined,
  filesIn,
  freshCopy,
  isRecord,
  scriptedConfig,
  type Setting,
  stepsOf,
} from "./examine.ts";
import { sampleInputs } from "./sample-inputs.ts";

const COMMAND = resolve("bin/orchestrator");
const LIMIT_MS = 180_000;

/** Examines documents through the command, each in a workspace of its own. */
export async function* examineThroughCli(
  files: readonly string[],
  setting: Setting,
): AsyncGenerator<Examined> {
  const scratch = mkdtempSync(join(tmpdir(), "orchestrator-corpus-config-"));
  try {
    const config = join(scratch, "config.yaml");
    writeFileSync(
      config,
      stringify({ tools: { host_processes: "allow" }, ...scriptedConfig(setting) }),
    );
    for (const file of files) {
      yield await examine(file, { setting, config, scratch });
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function examine(
  file: string,
  { setting, config, scratch }: { setting: Setting; config: string; scratch: string },
): Promise<Examined> {
  const startedAt = performance.now();
  const cwd = freshCopy(setting.folder);
  try {
    const inputs = writeInputs(file, { setting, cwd, scratch });
    const validated = await orchestrator(["validate", file, "--json", "-c", inputs], { cwd });
    const validation: unknown = parsed(validated.stdout);
    const before = filesIn(cwd);
    const args = ["run", file, "--ephemeral", "--json", "-c", inputs, "--config", config];
    const ran = await orchestrator(args, { cwd });
    const document = parsed(ran.stdout);
    const artefacts = changed(before, filesIn(cwd));
    const problem = problemOf(ran);
    return {
      file,
      valid: validated.code === 0,
      findings: findingsOf(validation),
      status: textAt(document, "status"),
      exitCode: ran.code,
      error: textAt(document, "error") ?? (ran.code === 2 ? ran.stderr.trim() : null),
      steps: stepsOf(document),
      outputs: isRecord(document) ? document["outputs"] : null,
      artefacts: artefacts.map(({ path }) => path),
      faults: [...artefacts.flatMap(lintArtefact), ...lintDocument(document)],
      agree: (validated.code === 0) === (ran.code !== 2),
      ...(problem === undefined ? {} : { problem }),
      seconds: Math.round(performance.now() - startedAt) / 1000,
    };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

function writeInputs(
  file: string,
  { setting, cwd, scratch }: { setting: Setting; cwd: string; scratch: string },
): string {
  const source = readFileSync(join(cwd, file), "utf8");
  const compilation = compile(source, { bundle: [], catalogue });
  const name = file.replace(/\.ya?ml$/, "");
  const options = { name, source, prepared: setting.prepared, workspace: cwd };
  const inputs = compilation.kind === "compiled" ? sampleInputs(compilation.plan, options) : {};
  const path = join(scratch, "inputs.json");
  writeFileSync(path, JSON.stringify(inputs));
  return path;
}

type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string };

function orchestrator(args: readonly string[], { cwd }: { cwd: string }): Promise<Outcome> {
  const options = { cwd, timeout: LIMIT_MS, maxBuffer: 256 << 20, env: cleanEnv() };
  return new Promise((done) => {
    execFile(COMMAND, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      done({ code, stdout, stderr });
    });
  });
}

/** What a developer has set must not reach a provider. */
function cleanEnv(): NodeJS.ProcessEnv {
  const kept = ["PATH", "HOME", "LANG", "TMPDIR"];
  return Object.fromEntries(kept.map((name) => [name, process.env[name]]));
}

/** A successful command says nothing on stderr, a failed run ends with which steps failed, and none takes too long. */
function problemOf({ code, stderr }: Outcome): string | undefined {
  if (code === -1) return `the command did not end: ${stderr}`;
  if (code === 0 && stderr !== "") return `stderr is not empty: ${stderr}`;
  if (code > 2) return `exit ${code}: ${stderr}`;
  return code === 1 && !/^Pipeline (completed with|ended as)/m.test(stderr)
    ? `exit 1 without a failed run: ${stderr}`
    : undefined;
}

function findingsOf(validation: unknown): string[] {
  const findings = isRecord(validation) ? validation["findings"] : [];
  return (Array.isArray(findings) ? findings : [])
    .filter(isRecord)
    .filter(({ severity }) => severity !== "info")
    .map(({ code, line, column, message }) =>
      [code, `${Number(line)}:${Number(column)}`, message].map(String).join(" "),
    );
}

function textAt(document: unknown, key: string): string | null {
  const value = isRecord(document) ? document[key] : null;
  return typeof value === "string" ? value : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Nothing was printed, or a refusal.
  }
}
