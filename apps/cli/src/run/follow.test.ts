import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";

import { createRouterTransport } from "@connectrpc/connect";
import { createOrchestrator } from "@orchestrator/client";
import { RunEventKind, RunService, RunStatus } from "@orchestrator/proto/v1/run_pb";

import { follow } from "./follow.ts";

const runId = "01890000-0000-7000-8000-0000000000ab";

/** A mesh with one run, which goes on until it is cancelled. */
function meshWithRun() {
  const cancelled = new AbortController();
  const transport = createRouterTransport(({ service }) => {
    service(RunService, {
      async *watchRun() {
        if (!cancelled.signal.aborted) await once(cancelled.signal, "abort");
        yield {
          what: {
            case: "event",
            value: { sequence: 2n, kind: RunEventKind.RUN_FINISHED, payloadJson: "{}" },
          },
        };
      },
      cancelRun() {
        cancelled.abort();
        return {};
      },
      getRun: () => ({
        run: { runId, status: RunStatus.CANCELLED },
        documentJson: JSON.stringify({
          run_id: runId,
          status: "cancelled",
          success: false,
          artifacts: [{ path: "out.txt" }],
        }),
      }),
    });
  });
  return {
    name: "http://mesh",
    ...createOrchestrator(transport),
    mesh: undefined,
    async [Symbol.asyncDispose]() {},
  };
}

describe("following a run", () => {
  it("cancels it for an interrupt that came while it was being started", async () => {
    const said = { stdout: "", stderr: "" };
    const sink = (name: keyof typeof said) => ({
      write: (text: string) => void (said[name] += text),
      isTerminal: false,
    });
    const io = {
      env: {},
      cwd: "/",
      stdout: sink("stdout"),
      stderr: sink("stderr"),
      leaveSoon: () => undefined,
    };
    const interrupts = {
      first: AbortSignal.abort(new Error("SIGINT")),
      second: new AbortController().signal,
      [Symbol.dispose]() {},
    };
    const exitCode = await follow(io, { connection: meshWithRun(), runId, interrupts, shown: {} });
    assert.equal(exitCode, 130);
    assert.equal(said.stderr, "Pipeline ended as cancelled\n");
  });

  it("says how to fetch the files of a run that was elsewhere, for this folder has none of them", async () => {
    let said = "";
    const stdout = { write: (text: string) => void (said += text), isTerminal: true };
    const stderr = { write: () => undefined, isTerminal: false };
    const io = { env: {}, cwd: "/here", stdout, stderr, leaveSoon: () => undefined };
    const interrupts = {
      first: AbortSignal.abort(new Error("SIGINT")),
      second: new AbortController().signal,
      [Symbol.dispose]() {},
    };
    await follow(io, { connection: meshWithRun(), runId, interrupts, shown: {} });
    assert.match(
      said,
      new RegExp(
        `^files in the mesh; fetch them with: orchestrator artifacts get ${runId} --to DIR --url http://mesh\n {2}out\\.txt$`,
        "m",
      ),
    );
    assert.ok(!said.includes("/here"));
  });
});
