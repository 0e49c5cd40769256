import assert from "node:assert/strict";
import { mkdir, mkdtemp, open, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { openParent } from "./anchor.ts";
import { collectFiles } from "./collect.ts";
import { artifactOf } from "./stored-file.ts";
import { type PathUse, type Workspace, openWorkspace } from "./workspace.ts";

let base: string;
let workspace: Workspace;
const signal = new AbortController().signal;

describe("workspace", () => {
  before(async () => {
    base = await mkdtemp(join(tmpdir(), "workspace-"));
    for (const directory of ["run/sub/deep", "run/.store/blobs", "bundle", "outside", "extra"]) {
      await mkdir(join(base, directory), { recursive: true });
    }
    for (const file of [
      "run/a.txt",
      "run/sub/b.txt",
      "run/.store/s.txt",
      "bundle/doc.md",
      "outside/x",
    ]) {
      await writeFile(join(base, file), file);
    }
    await symlink("../outside", join(base, "run/out"));
    await symlink("../outside/new", join(base, "run/dangling"));
    await symlink("sub/b.txt", join(base, "run/inner"));
    await symlink("loop", join(base, "run/loop"));
    await symlink(".store", join(base, "run/hidden"));
    await symlink("../outside", join(base, "bundle/out"));
    workspace = await openWorkspace({
      root: join(base, "run"),
      bundle: join(base, "bundle"),
      deniedPaths: [join(base, "run/.store"), base],
      extraRoots: [join(base, "extra")],
    });
  });
  after(() => rm(base, { recursive: true }));

  describe("Workspace.resolve", () => {
    const CASES: readonly (readonly [string, PathUse, string | null])[] = [
      ["a.txt", "read", "a.txt"],
      ["./sub/../a.txt", "read", "a.txt"],
      [".", "list", "."],
      ["inner", "read", "sub/b.txt"],
      ["inner", "entry", "inner"],
      ["new/file.txt", "write", "new/file.txt"],
      ["../outside/x", "read", null],
      ["sub/deep/../../../outside/x", "read", null],
      ["out/x", "read", null],
      ["out/new", "write", null],
      ["out", "entry", "out"],
      ["out/x", "entry", null],
      ["dangling", "write", null],
      ["loop", "read", null],
      [".store/s.txt", "read", null],
      ["hidden/s.txt", "read", null],
      [".store/new", "write", null],
      ["/etc/passwd", "read", null],
      ["a\0b", "read", null],
      ["doc.md", "read", "doc.md"],
      ["doc.md", "write", "doc.md"],
    ];
    for (const [path, use, expected] of CASES) {
      const verdict = expected === null ? "denies" : "allows";
      it(`${verdict} ${JSON.stringify(path)} for ${use} (L168)`, async () => {
        const resolved = await workspace.resolve(path, use);
        assert.equal(resolved.kind === "path" ? resolved.relative : null, expected);
        if (resolved.kind === "denied" && !path.includes("\0")) {
          assert.ok(
            resolved.message.endsWith(`: ${path}`),
            "the path stands in the message as written",
          );
        }
      });
    }

    it("reads from the bundle what the workspace lacks, and writes nothing there", async () => {
      const read = await workspace.resolve("doc.md", "read");
      const written = await workspace.resolve("doc.md", "write");
      assert.equal(read.kind === "path" && read.absolute, join(base, "bundle/doc.md"));
      assert.equal(written.kind === "path" && written.absolute, join(base, "run/doc.md"));
    });

    it("takes absolute paths in the workspace and in configured roots", async () => {
      const own = await workspace.resolve(join(base, "run/sub/b.txt"), "read");
      assert.equal(own.kind === "path" && own.relative, "sub/b.txt");
      const other = await workspace.resolve(join(base, "extra/y"), "write");
      assert.equal(other.kind === "path" && other.relative, join(base, "extra/y"));
    });

    it("knows that a directory holds something closed", () => {
      assert.equal(workspace.holdsClosed(join(base, "run")), true);
      assert.equal(workspace.holdsClosed(join(base, "run/sub")), false);
    });
  });

  describe("openParent", () => {
    it("stays in the directory that was resolved when a link takes its place", async () => {
      await mkdir(join(base, "run/swap"));
      const path = await workspace.resolve("swap/file", "write");
      assert.ok(path.kind === "path");
      await using anchor = await openParent(path);
      await rename(join(base, "run/swap"), join(base, "run/swapped"));
      await symlink("../outside", join(base, "run/swap"));
      await (await open(anchor.path("file"), "wx")).close();
      const there = await workspace.resolve("swapped/file", "read");
      assert.ok(there.kind === "path");
      assert.equal((await artifactOf(there, { signal })).size, 0);
      await assert.rejects(openParent(path), { code: "ENOTDIR" });
    });
  });

  describe("collectFiles", () => {
    it("finds files by name, and leaves out what is closed or leads out (L36, L168)", async () => {
      assert.deepEqual(await collectFiles(workspace, "**/*.txt", { signal }), {
        kind: "files",
        paths: ["a.txt", "sub/b.txt"],
      });
      assert.deepEqual(await collectFiles(workspace, ".store/*", { signal }), {
        kind: "denied",
        message: "Path is outside the workspace: .store/*",
      });
      assert.deepEqual(await collectFiles(workspace, "sub/b.txt", { signal }), {
        kind: "files",
        paths: ["sub/b.txt"],
      });
      assert.deepEqual(await collectFiles(workspace, "none/*", { signal }), {
        kind: "files",
        paths: [],
      });
      assert.equal((await collectFiles(workspace, "../outside/*", { signal })).kind, "denied");
      assert.equal((await collectFiles(workspace, "out/*", { signal })).kind, "denied");
    });
  });

  describe("artifactOf", () => {
    it("gives size, hash and media type of a file", async () => {
      const path = await workspace.resolve("a.txt", "read");
      assert.ok(path.kind === "path");
      assert.deepEqual(await artifactOf(path, { signal }), {
        path: "a.txt",
        size: 9,
        sha256: "3313d00a409c6803686f61771b7b8bd30d9d6a14a896d59529d4b6594af2daec",
        mediaType: "text/plain",
      });
    });
  });
});
