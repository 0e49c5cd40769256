import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { parseScript } from "./script.ts";
import { startScriptedModels } from "./server.ts";

const { values } = parseArgs({
  options: {
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "8080" },
    script: { type: "string" },
    delay: { type: "string", default: "0" },
  },
});
const script =
  values.script === undefined ? [] : parseScript(await readFile(values.script, "utf8"));
const stop = new AbortController();
await using server = await startScriptedModels({
  host: values.host,
  port: Number(values.port),
  delayMs: Number(values.delay),
  script,
});
console.log(server.url);
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => stop.abort());
}
await once(stop.signal, "abort");
