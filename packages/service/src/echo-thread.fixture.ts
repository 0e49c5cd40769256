import { parentPort, workerData } from "node:worker_threads";

import { nearestKey } from "./settings/nearest-key.ts";

type Question = { readonly key: string };

/** Answers in a thread what the test asks, through a module that has types too. */
parentPort?.on("message", ({ key }: Question) => {
  parentPort?.postMessage({ nearest: nearestKey(key, ["server.port"]), workerData });
});
