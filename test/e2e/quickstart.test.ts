import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";

import { startScriptedModels } from "@orchestrator/scripted-models";

import { runCli } from "../harness/run-cli.ts";

const PIPELINE = resolve("examples/01-quickstart.yaml");
const ORDERS = "examples/data/orders.csv";

describe("the quickstart", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "orchestrator-quickstart-test-"));
    mkdirSync(join(folder, dirname(ORDERS)), { recursive: true });
    copyFileSync(ORDERS, join(folder, ORDERS));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("writes what a script computes that uses nothing of ours, byte for byte", async () => {
    const ran = await runCli(["run", PIPELINE, "--ephemeral", "--json"], { cwd: folder });
    assert.equal(ran.stderr, "");
    assert.equal(ran.code, 0);
    const { outputs, steps } = JSON.parse(ran.stdout);
    assert.equal(outputs.verdict, "faults found");
    assert.equal(steps.summary.status, "skipped");
    const said = execFileSync(process.execPath, [
      "examples/check-quickstart.mjs",
      join(folder, "sales-report"),
    ]);
    assert.equal(said.toString().match(/the same/g)?.length, 3);
  });

  it("takes the other branch where the export is as good as is tolerated", async () => {
    const args = ["-i", "tolerated_share=0.5", "-i", "out=tolerated"];
    const ran = await runCli(["run", PIPELINE, "--ephemeral", ...args], { cwd: folder });
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(JSON.parse(ran.stdout).outputs.verdict, "good");
    const report = readFileSync(join(folder, "tolerated/report.md"), "utf8");
    assert.match(report, /^Fewer bad rows than tolerated\.$/m);
    assert.throws(() => readFileSync(join(folder, "tolerated/problems.csv")));
  });

  it("lets a model write a summary where one is configured and asked for", async () => {
    await using models = await startScriptedModels();
    const config = join(folder, "config.yaml");
    const provider = `{ kind: openai, base_url: "${models.url}", models: [{ name: scripted }] }`;
    writeFileSync(config, `models:\n  default: our/scripted\n  providers:\n    our: ${provider}\n`);
    const args = ["-i", "summarise=true", "-i", "out=summarised", "--config", config];
    const ran = await runCli(["run", PIPELINE, "--ephemeral", ...args], { cwd: folder });
    assert.equal(ran.code, 0, ran.stderr);
    const { steps } = JSON.parse(ran.stdout);
    assert.equal(steps.summary.model, "scripted");
    assert.ok(steps.summary.usage.output_tokens > 0);
    assert.equal(
      readFileSync(join(folder, "summarised/summary.md"), "utf8"),
      steps.summary.value.result,
    );
    assert.equal(models.requests.length, 1);
  });
});
