import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { readSettings } from "./read-settings.ts";
import type { Settings } from "./settings.ts";

describe("variables that documents may read", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "orchestrator-variables-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const settingsOf = (names: string, env: Record<string, string>): Settings => {
    const path = join(folder, "settings.yaml");
    writeFileSync(path, `tools:\n  environment: ${names}\n`);
    return readSettings({ env, path });
  };

  it("are those that tools.environment names, as far as they are set", () => {
    const env = { REGION: "eu-1", HOME: "/root", EMPTY: "" };
    const { tools } = settingsOf("[REGION, EMPTY, NOT_SET]", env);
    assert.deepEqual([...tools.environment.keys()], ["REGION"]);
    assert.equal(tools.environment.get("REGION")?.reveal(), "eu-1");
    assert.equal(JSON.stringify([...tools.environment]), '[["REGION","***"]]');
  });

  it("are none of those that tell the mesh itself something", () => {
    const env = { ORCHESTRATOR_SECRET_KEY: "root" };
    for (const name of ["ORCHESTRATOR_SECRET_KEY", "A B", "_X"]) {
      assert.throws(() => settingsOf(`["${name}"]`, env), /tools\.environment may not name/);
    }
  });
});
