// Writes docs/reference and the JSON Schema of documents from the code that it documents; with --check it only says what is out of date.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { cliReference } from "@orchestrator/cli";
import { eventsReference, findingsReference } from "@orchestrator/pipeline";
import { errorsReference, REASONS } from "@orchestrator/rpc";
import { configurationReference, metricsReference } from "@orchestrator/service";
import { toolsReference } from "@orchestrator/tools/catalogue";

import { editorSchema } from "./editor-schema.ts";

const PAGES: Readonly<Record<string, () => string>> = {
  "docs/reference/cli.md": cliReference,
  "docs/reference/configuration.md": configurationReference,
  "docs/reference/errors.md": errorsReference,
  "docs/reference/events.md": eventsReference,
  "docs/reference/findings.md": findingsReference,
  "docs/reference/metrics.md": metricsReference,
  "docs/reference/tools.md": toolsReference,
  "schemas/pipeline.schema.json": editorSchema,
};

const checkOnly = process.argv.includes("--check");
for (const [file, write] of Object.entries(PAGES)) {
  mkdirSync(dirname(file), { recursive: true });
  const text = write();
  if (existsSync(file) && readFileSync(file, "utf8") === text) {
    continue;
  }
  if (checkOnly) {
    complain(`${file} is out of date; run: npm run generate`);
  } else {
    writeFileSync(file, text);
  }
}
checkReasons();

/** The table of reasons says what the code throws: every reason, and nothing else. */
function checkReasons(): void {
  const code = sources(["packages", "services"]).map((file) => readFileSync(file, "utf8"));
  const thrown = code.flatMap((text) => [
    ...text.matchAll(/new RpcError\(Code\.\w+, \{\s+reason: "(\w+)"/g),
  ]);
  for (const [, reason = ""] of thrown) {
    if (!Object.hasOwn(REASONS, reason)) {
      complain(`packages/rpc/src/reasons.ts lacks ${reason}`);
    }
  }
  for (const reason of Object.keys(REASONS)) {
    if (!code.some((text) => text.includes(`"${reason}"`))) {
      complain(`packages/rpc/src/reasons.ts has ${reason}, which nothing gives`);
    }
  }
}

function sources(roots: readonly string[]): string[] {
  return roots
    .flatMap((root) => readdirSync(root).map((workspace) => join(root, workspace, "src")))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith(".ts") && !/\/gen\/|\.(test|fixture)\.ts$/.test(file));
}

function complain(problem: string): void {
  console.error(problem);
  process.exitCode = 1;
}
