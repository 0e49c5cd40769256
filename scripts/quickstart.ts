// Runs examples/01-quickstart.yaml as a user would: in a folder of its own, on a store that is gone afterwards.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { readResult, summaryText } from "@orchestrator/cli";
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
const args = ["run", resolve(PIPELINE), "--ephemeral", "--watch", "-o", "result.json"];
const child = spawn(resolve("bin/orchestrator"), [...args, "-i", `summarise=${hasModel}`], {
  cwd: folder,
  stdio: ["ignore", "inherit", "inherit"],
});
const [status] = await once(child, "exit");
if (status === 0) {
  const result = readResult(readFileSync(join(folder, "result.json"), "utf8"));
  console.log(summaryText(result, { folder }).trimEnd());
  console.log(`next: bin/orchestrator run ${PIPELINE}, npm start, README.md`);
}
process.exitCode = typeof status === "number" ? status : 1;
