import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";

import { openWorker } from "./open-worker.ts";

describe("openWorker", () => {
  it("runs a module with types in a thread, and the modules that it imports", async () => {
    const worker = openWorker("./echo-thread.fixture", { from: import.meta.url, workerData: 7 });
    try {
      worker.postMessage({ key: "server.prt" });
      const [answer] = await once(worker, "message");
      assert.deepEqual(answer, { nearest: "server.port", workerData: 7 });
    } finally {
      await worker.terminate();
    }
  });
});
