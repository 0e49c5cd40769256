// Writes docs/reference from the code that it documents; with --check it only says what is out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { cliReference } from "@orchestrator/cli";
import { findingsReference } from "@orchestrator/pipeline";
import { configurationReference, metricsReference } from "@orchestrator/service";
import { toolsReference } from "@orchestrator/tools/catalogue";

const FOLDER = "docs/reference";
const PAGES: Readonly<Record<string, () => string>> = {
  "cli.md": cliReference,
  "configuration.md": configurationReference,
  "findings.md": findingsReference,
  "metrics.md": metricsReference,
  "tools.md": toolsReference,
};

const checkOnly = process.argv.includes("--check");
mkdirSync(FOLDER, { recursive: true });
for (const [name, write] of Object.entries(PAGES)) {
  const file = join(FOLDER, name);
  const text = write();
  if (existsSync(file) && readFileSync(file, "utf8") === text) {
    continue;
  }
  if (checkOnly) {
    console.error(`${file} is out of date; run: npm run generate`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
  }
}
