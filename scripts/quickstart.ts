// Runs examples/01-quickstart.yaml as a user would: in a folder of its own, on a store that is gone afterwards.
import { copyFileSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { createProgram, readResult, summaryText } from "@orchestrator/cli";
import { readSettings } from "@orchestrator/service";

const PIPELINE = "examples/01-quickstart.yaml";
const DATA = "examples/data/orders.csv";

const folder = mkdtempSync(join(tmpdir(), "orchestrator-quickstart-"));
mkdirSync(join(folder, dirname(DATA)), { recursive: true });
copyFileSync(DATA, join(folder, DATA));

// A provider alone is not enough: its models are called by name, and the summary names none.
const { models } = readSettings({ env: process.env });
const hasModel =
  models.default !== undefined || models.providers.some(({ models: listed }) => listed.length > 0);
console.error(`running ${PIPELINE} on ${DATA}${hasModel ? ", with a summary by a model" : ""}`);
let document = "";
const exitCode = await createProgram({
  env: process.env,
  cwd: folder,
  stdout: { write: (text) => (document += text), isTerminal: false },
  stderr: {
    write: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY && process.env["CI"] !== "true",
  },
  leaveSoon: (code) => process.exit(code),
}).run(["run", resolve(PIPELINE), "--ephemeral", "--watch", "-i", `summarise=${hasModel}`]);
if (exitCode === 0) {
  console.log(summaryText(readResult(document), { folder }).trimEnd());
  console.log(`next: bin/orchestrator run ${PIPELINE}, npm start, README.md`);
}
process.exitCode = exitCode;
