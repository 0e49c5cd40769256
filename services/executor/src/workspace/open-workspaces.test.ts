import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { testPlan } from "@orchestrator/pipeline/testing";

import type { AssignedRun, RunStore } from "../run-channel.ts";
import { MemoryState } from "../testing/state-in-memory.ts";
import { FilePlaceError } from "./file-place.ts";
import { openWorkspaces } from "./open-workspaces.ts";

const RUN: AssignedRun = {
  runId: Buffer.alloc(16, 7),
  epoch: 1,
  lastSeq: 1,
  inboxSeq: 0,
  namespace: "test",
  documentHash: Buffer.alloc(32),
  planVersion: 1,
  createdPayload: undefined,
  createdAtUs: 0,
  traceparent: "",
  nowUs: 0,
};
const LONG = "n".repeat(300);
const SIGNAL = AbortSignal.timeout(60_000);

let base = "";
before(async () => {
  base = await mkdtemp(join(tmpdir(), "workspaces-"));
});
after(() => rm(base, { recursive: true, force: true }));

/** A store that holds some files, as a document's or as a run's. */
async function storing(paths: readonly string[]) {
  const memory = new MemoryState({ plan: testPlan({ steps: [{ id: "a" }] }) }, () => 0);
  const content = Buffer.from("content");
  const { sha256, size } = await memory.store.putBlob(
    { namespace: "test", mediaType: "", bytes: content },
    SIGNAL,
  );
  const bundled: RunStore = {
    ...memory.store,
    bundle: () => Promise.resolve(paths.map((path) => ({ path, content }))),
  };
  return { store: memory.store, bundled, files: paths.map((path) => ({ path, sha256, size })) };
}

async function freshScratch(): Promise<string> {
  const scratch = join(await mkdtemp(join(base, "case-")), "scratch");
  await mkdir(scratch);
  return scratch;
}

/** What has no place in a folder, and the path that is to blame. */
const MISPLACED: readonly (readonly [readonly string[], string])[] = [
  [["../../x"], "../../x"],
  [["good", "sub/../../x"], "sub/../../x"],
  [["/etc/x"], "/etc/x"],
  [["."], "."],
  [["a\0b"], "a\0b"],
  [["a", "a/b"], "a/b"],
  [["a/b", "a"], "a"],
  [[`sub/${LONG}`], `sub/${LONG}`],
];

describe("openWorkspaces", () => {
  it("puts the files of a run and of its document where they belong", async () => {
    const scratch = await freshScratch();
    const paths = ["in/a.csv", "./b.csv"];
    const { bundled: store, files } = await storing(paths);
    const opened = await openWorkspaces({ scratch }).open(RUN, { files, store }, SIGNAL);
    const { root, bundle = "" } = opened.roots;
    for (const path of paths) {
      assert.equal(await readFile(join(root, path), "utf8"), "content");
      assert.equal(await readFile(join(bundle, path), "utf8"), "content");
      assert.equal((await stat(join(bundle, path))).mode & 0o777, 0o444);
    }
    await opened[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(scratch), []);
  });

  for (const [paths, blamed] of MISPLACED) {
    it(`refuses ${JSON.stringify(paths).slice(0, 40)}, and leaves nothing behind`, async () => {
      const scratch = await freshScratch();
      const { store, bundled, files } = await storing(paths);
      const workspaces = openWorkspaces({ scratch });
      const current = openWorkspaces({ scratch, currentDirectory: base });
      for (const opening of [
        () => workspaces.open(RUN, { files, store }, SIGNAL),
        () => workspaces.open(RUN, { files: [], store: bundled }, SIGNAL),
        () => current.open(RUN, { files: [], store: bundled }, SIGNAL),
      ]) {
        await assert.rejects(opening(), (error) => {
          assert.ok(error instanceof FilePlaceError, String(error));
          assert.ok(error.message.endsWith(`: ${blamed}`), error.message);
          assert.ok(!error.message.includes(base), error.message);
          return true;
        });
      }
      assert.deepEqual(await readdir(join(scratch, "..")), ["scratch"]);
      assert.deepEqual(await readdir(scratch), []);
    });
  }
});
