// Validates every pipeline of a folder, runs it with the scripted models, and looks over what it left behind.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";

import { startScriptedModels } from "@orchestrator/scripted-models";

import type { Examine, Examined } from "../test/corpus/examine.ts";
import { modelNamesIn } from "../test/corpus/model-names.ts";
import { examineThroughApi } from "../test/corpus/through-api.ts";
import { examineThroughCli } from "../test/corpus/through-cli.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    inputs: { type: "string", default: "test/corpus/inputs" },
    via: { type: "string", default: "cli" },
  },
});
const [dir, ...chosen] = positionals;
if (dir === undefined || (values.via !== "cli" && values.via !== "api")) {
  console.error("npm run corpus -- DIR [FILE…] [--inputs DIR2] [--via cli|api]");
  process.exit(2);
}
const folder = resolve(dir);
const files = chosen.length === 0 ? pipelinesIn(folder) : chosen.flatMap(expanded);
const sources = files.map((file) => readFileSync(join(folder, file), "utf8"));
const names = new Set(sources.flatMap(modelNamesIn));

await using models = await startScriptedModels();
const examineAll: Examine = values.via === "cli" ? examineThroughCli : examineThroughApi;
const results: Examined[] = [];
const setting = {
  folder,
  prepared: resolve(values.inputs),
  modelsUrl: models.url,
  modelNames: [...names],
};
for await (const examined of examineAll(files, setting)) {
  results.push(examined);
  console.log(JSON.stringify(examined));
}
const summary = {
  files: results.length,
  valid: count(({ valid }) => valid),
  refused: count(({ valid }) => !valid),
  ...Object.fromEntries(
    ["completed", "failed", "cancelled"].map((word) => [word, count((r) => r.status === word)]),
  ),
  unclean: count(({ faults }) => faults.length > 0),
  disagreeing: count(({ agree }) => !agree),
  broken: count(({ problem }) => problem !== undefined),
};
console.log(JSON.stringify({ summary }));
process.exitCode = summary.unclean + summary.disagreeing + summary.broken > 0 ? 1 : 0;

function count(which: (result: Examined) => boolean): number {
  return results.filter(which).length;
}

/** A file may be named from the folder, or as it lies from here; a folder stands for what is in it. */
function expanded(name: string): string[] {
  const place = [join(folder, name), `${join(folder, name)}.yaml`, resolve(name)].find(
    (path) => statSync(path, { throwIfNoEntry: false }) !== undefined,
  );
  if (place === undefined) {
    console.error(`no file ${name} in ${folder}`);
    process.exit(2);
  }
  const path = relative(folder, place);
  return statSync(place).isDirectory()
    ? pipelinesIn(place).map((file) => join(path, file))
    : [path];
}

function pipelinesIn(place: string): string[] {
  return readdirSync(place, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ya?ml$/.test(file))
    .toSorted();
}
