import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Verification } from "./verification.ts";

const FOLDERS = ["deploy", "scripts", "bin", ".ci"];
const SHELL = /^#!.*\b(ba|da|)sh\b|^# shellcheck shell=/;

/** Every shell script that is shipped or run here, found by its first line or its name, without a complaint of shellcheck's. */
export const shellScripts: Verification = {
  artefact: "shell scripts",
  packages: ["shellcheck"],
  verify() {
    const scripts = FOLDERS.flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    ).filter((file) => file.endsWith(".sh") || SHELL.test(firstLineOf(file)));
    assert.ok(scripts.includes("deploy/backup/backup.sh") && scripts.includes("bin/orchestrator"));
    const { status, stdout } = spawnSync("shellcheck", ["--external-sources", ...scripts], {
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout);
    return Promise.resolve(`shellcheck has nothing to say of ${scripts.length} scripts`);
  },
};

function firstLineOf(file: string): string {
  return readFileSync(file, "utf8").split("\n", 1)[0] ?? "";
}
