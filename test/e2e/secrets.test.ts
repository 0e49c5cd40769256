import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { type CliOptions, type CliOutcome, runCli } from "../harness/run-cli.ts";

const VALUE = "sk-live-12345678";
const ENV = { ORCHESTRATOR_SECRET_KEY: "0123456789abcdef0123456789abcdef" };

const DOCUMENT = `id: guarded
name: Guarded
secrets: [API_KEY]
inputs:
  token: { type: string, required: true, sensitive: true }
steps:
  - id: call
    action: echo
    parameters:
      message: "<< ask.txt >> {{ secrets.API_KEY }} {{ ('u:' ~ secrets.API_KEY) | b64encode }} {{ token }}"
  - { id: broken, action: calculate, on_failure: continue, parameters: { expression: "{{ secrets.API_KEY }}" } }
outputs:
  said: "{{ call }}"
  token: "{{ token }}"
`;

describe("secrets and included files at the command line", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "orchestrator-secrets-"));
    mkdirSync(join(folder, "flows/prompts"), { recursive: true });
    writeFileSync(join(folder, "flows/guarded.yaml"), DOCUMENT);
    writeFileSync(join(folder, "flows/prompts/ask.txt"), "of {{ execution.pipeline_id }}:");
    writeFileSync(join(folder, "value.txt"), `${VALUE}\n`);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const cli = (args: readonly string[], options: Partial<CliOptions> = {}): Promise<CliOutcome> =>
    runCli(args, { cwd: folder, env: ENV, ...options });
  const run = (): Promise<CliOutcome> =>
    cli(["run", "flows/guarded.yaml", "-i", "token=tok-31337", "--json"]);

  it("refuses a document whose secret is not set, which is valid all the same (L163)", async () => {
    assert.equal((await cli(["validate", "flows/guarded.yaml"])).code, 0);
    const { code, stderr } = await run();
    assert.equal(code, 2);
    assert.match(stderr, /secrets that do not exist: API_KEY/);
  });

  it("stores none without a key, and says which variable to set", async () => {
    const { code, stderr } = await cli(["secrets", "set", "API_KEY", "--from", "value.txt"], {
      env: { ORCHESTRATOR_SECRET_KEY: "" },
    });
    assert.equal(code, 1);
    assert.match(stderr, /set ORCHESTRATOR_SECRET_KEY/);
  });

  it("sets one and lists it, and never prints its value", async () => {
    const set = await cli(["secrets", "set", "API_KEY", "--from", "value.txt"]);
    assert.equal(set.code, 0, set.stderr);
    const list = await cli(["secrets", "list"]);
    assert.deepEqual(
      JSON.parse(list.stdout).secrets.map(({ name }: { name: string }) => name),
      ["API_KEY"],
    );
    assert.ok(!(set.stdout + list.stdout).includes(VALUE));
  });

  it("runs with it, and shows it in no document, event or log (G18)", async () => {
    const { code, stdout, stderr } = await run();
    assert.equal(code, 1, stderr);
    const document = JSON.parse(stdout);
    assert.match(document.outputs.said, /^of guarded: \*\*\* \S*\*\*\* \*\*\*$/);
    assert.equal(document.outputs.token, "***");
    assert.match(document.steps.broken.error, /\*\*\*/);
    const events = await cli(["runs", "events", document.run_id]);
    assert.equal(events.code, 0);
    const log = readFileSync(join(folder, "dev_data/logs/cli.log"), "utf8");
    for (const shown of [stdout, stderr, events.stdout, log]) {
      assert.ok(!/sk-live|12345678|tok-31337/.test(shown), shown);
      assert.ok(!shown.includes(Buffer.from(VALUE).toString("base64").slice(3, 15)), shown);
    }
  });

  it("reads no included file outside of the document's folder, validated or run (L167)", async () => {
    writeFileSync(join(folder, "outside.txt"), "not for documents");
    symlinkSync("../outside.txt", join(folder, "flows/link.txt"));
    writeFileSync(
      join(folder, "flows/denied.yaml"),
      'name: d\nsteps: [{id: a, action: echo, parameters: {message: "<< link.txt >>"}}]\n',
    );
    for (const command of ["validate", "run"]) {
      const { code, stdout, stderr } = await cli([command, "flows/denied.yaml"]);
      assert.equal(code, 2, command);
      assert.match(stdout + stderr, /include_denied flows\/denied\.yaml:2:/);
    }
  });

  it("forgets a secret that is deleted", async () => {
    assert.equal((await cli(["secrets", "delete", "API_KEY"])).code, 0);
    assert.equal((await run()).code, 2);
    assert.equal((await cli(["secrets", "delete", "API_KEY"])).code, 3);
  });
});
