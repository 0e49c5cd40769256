import assert from "node:assert/strict";
import { chmod, link, mkdir, readFile, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";

import type { JsonObject } from "@orchestrator/pipeline";

import { runTool } from "../run-tool.ts";
import { type ScratchWorkspace, errorOf, openScratchWorkspace, resultOf } from "../testing.ts";
import type { ToolOutcome } from "../tool.ts";

let scratch: ScratchWorkspace;

describe("filesystem", () => {
  before(async () => {
    scratch = await openScratchWorkspace();
  });
  after(() => scratch[Symbol.asyncDispose]());

  describe("filesystem.write", () => {
    it("writes a file and the directories above it, and shows the path as written (L187)", async () => {
      const outcome = await call("write", { path: "./out/a.txt", content: "hällo" });
      assert.deepEqual(outcome, {
        kind: "done",
        result: {
          action: "write",
          path: "./out/a.txt",
          filepath: "./out/a.txt",
          file_path: "./out/a.txt",
          size: 6,
          sha256: "0fbc7403536f425ad5498d9cd846497f5371ba8374b1aa583c79d2f0c87501ff",
        },
        written: ["out/a.txt"],
      });
      assert.equal(await text("out/a.txt"), "hällo");
    });

    it("writes the text form of a value (L4)", async () => {
      await call("write", { path: "value", content: true });
      assert.equal(await text("value"), "True");
      await call("write", { path: "value", content: null });
      assert.equal(await text("value"), "");
    });

    it("replaces a file as a whole, keeps its permissions and leaves nothing beside it", async () => {
      await writeFile(at("script"), "old");
      await chmod(at("script"), 0o750);
      await link(at("script"), at("other-name"));
      await call("write", { path: "script", content: "new" });
      assert.equal(await text("script"), "new");
      assert.equal((await stat(at("script"))).mode & 0o777, 0o750);
      assert.equal(await text("other-name"), "old", "the old content stays for whoever has it");
      assert.deepEqual(
        (await readdir(scratch.root)).filter((name) => name.endsWith(".tmp")),
        [],
      );
    });

    it("appends, and says what the whole file is then", async () => {
      await call("write", { path: "log", content: "a\n", mode: "a" });
      const outcome = await call("write", { path: "log", content: "b\n", mode: "a" });
      assert.equal(await text("log"), "a\nb\n");
      assert.deepEqual(resultOf(outcome)["size"], 4);
    });

    it("refuses mode x where there is a file", async () => {
      assert.equal((await call("write", { path: "new", content: "1", mode: "x" })).kind, "done");
      const again = await call("write", { path: "new", content: "2", mode: "x" });
      assert.deepEqual(failure(again), ["TOOL_ERROR", "File exists: new"]);
      assert.equal(await text("new"), "1");
    });

    it("writes bytes given in base64, and refuses what is none", async () => {
      await call("write", { path: "bytes", content: "AP8=", encoding: "base64" });
      assert.deepEqual([...(await readFile(at("bytes")))], [0, 255]);
      const bad = await call("write", { path: "bytes", content: "A_", encoding: "base64" });
      assert.equal(failure(bad)[0], "DATA_FORMAT");
    });

    it("makes no directory unless it may, and replaces none", async () => {
      const missing = await call("write", {
        path: "none/a",
        content: "",
        create_directories: false,
      });
      assert.deepEqual(failure(missing), ["FILE_NOT_FOUND", "File not found: none/a"]);
      const directory = await call("write", { path: "out", content: "" });
      assert.deepEqual(failure(directory), ["TOOL_ERROR", "Is a directory: out"]);
      assert.deepEqual(failure(await call("write", { path: ".", content: "" })), [
        "TOOL_ERROR",
        "Is a directory: .",
      ]);
    });

    it("writes neither outside nor in the store (L168)", async () => {
      await symlink("../../", at("up"));
      for (const path of ["../x", "/tmp/x", "up/x", ".store/x"]) {
        const outcome = await call("write", { path, content: "" });
        assert.deepEqual(failure(outcome), [
          "PATH_DENIED",
          `Path is outside the workspace: ${path}`,
        ]);
      }
    });

    it("fails a call without content or with an unknown mode", async () => {
      assert.equal(failure(await call("write", { path: "x" }))[0], "PARAMETER_INVALID");
      const mode = await call("write", { path: "x", content: "", mode: "w+" });
      assert.equal(failure(mode)[0], "PARAMETER_INVALID");
    });
  });

  describe("filesystem.read", () => {
    it("gives text with its size in bytes", async () => {
      await writeFile(at("r.txt"), "\uFEFFhä\r\n");
      assert.deepEqual(resultOf(await call("read", { file_path: "r.txt" })), {
        action: "read",
        path: "r.txt",
        filepath: "r.txt",
        file_path: "r.txt",
        content: "\uFEFFhä\r\n",
        size: 8,
        encoding: "utf-8",
      });
    });

    it("gives bytes in base64, and no text for what is none", async () => {
      await writeFile(at("r.bin"), Buffer.from([0, 255]));
      assert.equal(
        resultOf(await call("read", { path: "r.bin", encoding: "base64" }))["content"],
        "AP8=",
      );
      assert.equal(failure(await call("read", { path: "r.bin" }))[0], "DATA_FORMAT");
    });

    it("says that a file is not there, with the path as written", async () => {
      const outcome = await call("read", { path: "./output/does-not-exist.txt" });
      assert.deepEqual(failure(outcome), [
        "FILE_NOT_FOUND",
        "File not found: ./output/does-not-exist.txt",
      ]);
    });

    it("falls back to the document bundle (L168)", async () => {
      await writeFile(join(scratch.bundle, "doc.md"), "bundled");
      assert.equal(resultOf(await call("read", { path: "doc.md" }))["content"], "bundled");
      await call("write", { path: "doc.md", content: "own" });
      assert.equal(resultOf(await call("read", { path: "doc.md" }))["content"], "own");
      assert.equal(await readFile(join(scratch.bundle, "doc.md"), "utf8"), "bundled");
    });
  });

  describe("filesystem, arranging", () => {
    beforeEach(async () => {
      await call("delete", {
        paths: ["tree", "copied", "moved"],
        recursive: true,
        missing_ok: true,
      });
      await mkdir(at("tree/sub"), { recursive: true });
      await writeFile(at("tree/a.txt"), "a");
      await writeFile(at("tree/sub/b.md"), "bb");
      await symlink("/etc", at("tree/etc"));
    });

    it("copies a file, also into a directory", async () => {
      const copied = await call("copy", { path: "tree/a.txt", destination: "copied/x.txt" });
      assert.deepEqual(copied.written, ["copied/x.txt"]);
      assert.equal(resultOf(copied)["size"], 1);
      const into = await call("copy", { source: "tree/sub/b.md", destination: "copied" });
      assert.deepEqual(into.written, ["copied/b.md"]);
      assert.equal(await text("copied/b.md"), "bb");
    });

    it("copies a tree without what leads out of the workspace", async () => {
      const outcome = await call("copy", { path: "tree", destination: "copied" });
      assert.deepEqual(outcome.written, ["copied/a.txt", "copied/sub/b.md"]);
      assert.deepEqual((await readdir(at("copied"))).toSorted(), ["a.txt", "sub"]);
    });

    it("copies neither onto itself nor into itself, nor over a file unless it may", async () => {
      const codes = await Promise.all([
        call("copy", { path: "tree/a.txt", destination: "tree/a.txt" }),
        call("copy", { path: "tree", destination: "tree/sub" }),
        call("copy", { path: "tree/a.txt", destination: "tree/sub/b.md", overwrite: false }),
      ]);
      assert.deepEqual(
        codes.map((each) => failure(each)[0]),
        ["TOOL_ERROR", "TOOL_ERROR", "TOOL_ERROR"],
      );
      assert.equal(await text("tree/sub/b.md"), "bb");
      const missing = await call("copy", { path: "nothing", destination: "copied" });
      assert.deepEqual(failure(missing), ["FILE_NOT_FOUND", "File not found: nothing"]);
    });

    it("moves a file and a tree", async () => {
      await call("move", { path: "tree/a.txt", destination: "moved/a.txt" });
      assert.equal(await text("moved/a.txt"), "a");
      const outcome = await call("move", { path: "tree", destination: "moved/" });
      assert.deepEqual(outcome.written, ["moved/tree/sub/b.md"]);
      assert.deepEqual(resultOf(await call("exists", { path: "tree" }))["exists"], false);
    });

    it("deletes files, empty directories, and full ones when asked to", async () => {
      assert.deepEqual(failure(await call("delete", { path: "tree" })), [
        "TOOL_ERROR",
        "Directory not empty: tree",
      ]);
      const globbed = await call("delete", { paths: ["tree/**/*.md"] });
      assert.deepEqual(resultOf(globbed)["deleted"], ["tree/sub/b.md"]);
      assert.equal(resultOf(await call("delete", { path: "tree/sub" }))["count"], 1);
      assert.equal((await call("delete", { path: "tree", recursive: true })).kind, "done");
      assert.equal((await stat("/etc")).isDirectory(), true);
      assert.equal(failure(await call("delete", { path: "tree" }))[0], "FILE_NOT_FOUND");
      assert.equal(resultOf(await call("delete", { path: "tree", missing_ok: true }))["count"], 0);
    });

    it("moves and deletes neither the workspace nor what holds the store", async () => {
      for (const path of [".", ".store"]) {
        const outcome = await call("delete", { path, recursive: true });
        assert.equal(failure(outcome)[0], "PATH_DENIED");
        assert.equal(failure(await call("move", { path, destination: "x" }))[0], "PATH_DENIED");
      }
    });

    it("lists by name, leaves out the store and what leads out, and goes deeper when asked to", async () => {
      const listed = resultOf(await call("list", { path: "tree" }));
      assert.deepEqual(names(listed), ["tree/a.txt file", "tree/sub directory"]);
      assert.deepEqual(listed["files"], ["tree/a.txt"]);
      const deep = resultOf(
        await call("list", { path: "./tree/", recursive: true, pattern: "*.md" }),
      );
      assert.deepEqual(names(deep), ["./tree/sub/b.md file"]);
      const all = resultOf(await call("list", { path: "." }));
      assert.equal(names(all).includes("./.store directory"), false);
      assert.equal(failure(await call("list", { path: "none" }))[0], "FILE_NOT_FOUND");
    });

    it("says what is there, and since when", async () => {
      const { type, size, modified } = resultOf(await call("stat", { path: "tree/sub/b.md" }));
      assert.deepEqual([type, size], ["file", 2]);
      assert.match(
        typeof modified === "string" ? modified : "",
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
      );
      assert.equal(failure(await call("stat", { path: "none" }))[0], "FILE_NOT_FOUND");
      const missing = resultOf(await call("exists", { path: "none/x" }));
      assert.deepEqual([missing["exists"], missing["type"]], [false, null]);
      assert.equal(resultOf(await call("exists", { path: "." }))["type"], "directory");
      assert.equal(failure(await call("exists", { path: "tree/etc/passwd" }))[0], "PATH_DENIED");
    });

    it("makes directories once", async () => {
      assert.equal(resultOf(await call("mkdir", { path: "tree/x/y" }))["created"], true);
      assert.equal(resultOf(await call("mkdir", { path: "tree/x/y" }))["created"], false);
      assert.equal(failure(await call("mkdir", { path: "tree/a.txt" }))[0], "TOOL_ERROR");
    });
  });
});

function call(operation: string, parameters: JsonObject): Promise<ToolOutcome> {
  return runTool({ tool: "filesystem", operation, parameters }, scratch.context);
}

function at(path: string): string {
  return join(scratch.root, path);
}

function text(path: string): Promise<string> {
  return readFile(at(path), "utf8");
}

function failure(outcome: ToolOutcome): string[] {
  const { code, message } = errorOf(outcome);
  return [code, message];
}

function names({ items }: JsonObject): string[] {
  assert.ok(Array.isArray(items));
  return items.map(({ path, type }) => `${path} ${type}`);
}
