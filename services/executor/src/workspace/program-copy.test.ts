import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";

import { draftName, openWorkspace } from "@orchestrator/tools";

import { openProgramCopy } from "./program-copy.ts";

describe("openProgramCopy", () => {
  it("copies a workspace that other steps are writing to, without what is half written", async () => {
    const place = await mkdtemp(join(tmpdir(), "program-copy-"));
    try {
      const root = join(place, "work");
      await mkdir(join(root, "notes"), { recursive: true });
      await writeFile(join(root, "notes", "done.txt"), "done");
      await writeFile(join(root, "notes", draftName("next.txt", "attempt")), "half");
      const copy = join(place, "copy");
      const writing = writeOver(join(root, "notes"));
      await using own = await openProgramCopy(
        { root, copy, open: (at) => openWorkspace({ root: at }) },
        AbortSignal.timeout(10_000),
      );
      await writing;
      assert.ok((await readdir(join(copy, "notes"))).every((name) => !name.endsWith(".tmp")));
      await writeFile(join(copy, "notes", "made.txt"), "made");
      assert.deepEqual(await own.keep(AbortSignal.timeout(10_000)), ["notes/made.txt"]);
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  });
});

/** Writes files the way file tools do: a draft that takes its place in one step. */
async function writeOver(folder: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const draft = join(folder, draftName(`file-${i}`, "attempt"));
    await writeFile(draft, "content");
    await rename(draft, join(folder, `file-${i % 7}.txt`));
  }
}
