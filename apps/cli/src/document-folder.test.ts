import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { compile } from "@orchestrator/pipeline";
import { catalogue } from "@orchestrator/tools/catalogue";

import { DocumentFolder } from "./document-folder.ts";

const SECRET = "what nobody may read";

describe("the directory of a document (L167)", () => {
  let home = "";
  let folder = "";
  before(() => {
    home = mkdtempSync(join(tmpdir(), "orchestrator-document-folder-"));
    folder = join(home, "project");
    for (const path of ["prompts/deep", "includes", "a.dir"]) {
      mkdirSync(join(folder, path), { recursive: true });
    }
    mkdirSync(join(home, "project-of-others"));
    writeFileSync(join(home, "secret.txt"), SECRET);
    writeFileSync(join(home, "project-of-others/secret.txt"), SECRET);
    writeFileSync(join(folder, "own.txt"), "own");
    writeFileSync(join(folder, "prompts/ask.txt"), "\u{feff}ask");
    writeFileSync(join(folder, "includes/ask.txt"), "no");
    writeFileSync(join(folder, "includes/a.dir"), "a file under the name of a folder");
    writeFileSync(join(folder, "binary.bin"), Buffer.from([0xff, 0xfe, 0x00, 0xd8]));
    writeFileSync(join(folder, "huge.txt"), "");
    truncateSync(join(folder, "huge.txt"), 11 << 20);
    symlinkSync("own.txt", join(folder, "inner-link.txt"));
    symlinkSync("../secret.txt", join(folder, "link.txt"));
    symlinkSync(home, join(folder, "up"));
    symlinkSync(join(home, "project-of-others"), join(folder, "prompts/others"));
    symlinkSync("round-b", join(folder, "round-a"));
    symlinkSync("round-a", join(folder, "round-b"));
    symlinkSync("/etc", join(folder, "etc"));
    symlinkSync("/dev/zero", join(folder, "zero.txt"));
    execFileSync("mkfifo", [join(folder, "pipe.txt")]);
  });
  after(() => rmSync(home, { recursive: true }));

  it("gives what lies in it or in its folders for content, and remembers it for the mesh", () => {
    const files = new DocumentFolder(folder);
    for (const [path, text, place] of [
      ["own.txt", "own", "own.txt"],
      ["./own.txt", "own", "own.txt"],
      ["prompts/../own.txt", "own", "own.txt"],
      ["ask.txt", "ask", "prompts/ask.txt"],
      ["inner-link.txt", "own", "inner-link.txt"],
      ["a.dir", "a file under the name of a folder", "includes/a.dir"],
    ] as const) {
      const found = files.find(path);
      assert.deepEqual(
        found.kind === "found" ? [found.text, found.path] : found.kind,
        [text, place],
        path,
      );
    }
    assert.deepEqual(
      files.bundle.map(({ path }) => path),
      ["own.txt", "prompts/ask.txt", "inner-link.txt", "includes/a.dir"],
    );
  });

  it("gives nothing that lies elsewhere, by whatever way", () => {
    const files = new DocumentFolder(folder);
    for (const path of [
      "link.txt",
      "up/secret.txt",
      "up/project/../secret.txt",
      "others/secret.txt",
      "prompts/others/secret.txt",
      "etc/passwd",
      "zero.txt",
      "/etc/passwd",
      join(home, "secret.txt"),
      "../../secret.txt",
      "../../../../../../../../etc/passwd",
      "prompts/../../../secret.txt",
      "a\0.txt",
    ]) {
      assert.equal(files.find(path).kind, "denied", path);
    }
    assert.equal(files.find("../secret.txt").kind, "missing", "read from prompts/, it is inside");
    assert.deepEqual(files.bundle, []);
  });

  it("waits for nothing and reads nothing that is no file, no text, or too large", () => {
    const files = new DocumentFolder(folder);
    for (const [path, kind] of [
      ["pipe.txt", "missing"],
      ["round-a", "missing"],
      ["prompts", "missing"],
      ["own.txt/x", "missing"],
      [`${"x".repeat(5_000)}.txt`, "missing"],
      ["binary.bin", "not_text"],
      ["huge.txt", "too_large"],
    ] as const) {
      assert.equal(files.find(path).kind, kind, path);
    }
    assert.deepEqual(files.bundle, []);
  });

  it("lets a document be compiled alike here and where it is sent to", () => {
    const files = new DocumentFolder(folder);
    const text = [
      "name: n",
      "steps:",
      '  - {id: a, action: echo, parameters: {message: "<< ask.txt >> {{ file:own.txt }}"}}',
    ].join("\n");
    const here = compile(text, { bundle: [], files, catalogue });
    const there = compile(text, { bundle: files.bundle, catalogue });
    assert.equal(here.kind === "compiled" && there.kind, "compiled");
    assert.deepEqual(stepsOf(here), stepsOf(there));
  });
});

function stepsOf(compilation: ReturnType<typeof compile>): unknown {
  return compilation.kind === "compiled" ? compilation.plan.steps : [];
}
