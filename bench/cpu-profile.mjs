// Loaded into a process by `--import`: leaves a CPU profile of its main thread, from a signal to the end of the process.
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { basename, dirname, join } from "node:path";
import { isMainThread } from "node:worker_threads";

const folder = process.env["BENCH_CPU_PROFILE"];

if (folder !== undefined && isMainThread) {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  process.once("SIGUSR2", () => session.post("Profiler.start"));
  process.on("exit", () => {
    session.post("Profiler.stop", (error, result) => {
      if (error === null) writeFileSync(fileName(), JSON.stringify(result.profile));
    });
  });
}

/** A service's file is `services/<name>/dist/src/main.js`. */
function fileName() {
  const [, program = ""] = process.argv;
  const service = /services\/(\w+)\//.exec(program)?.[1] ?? basename(dirname(program));
  return join(folder, `${service}-${process.pid}.cpuprofile`);
}
