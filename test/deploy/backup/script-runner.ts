import { execFile, execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How a script ended. */
export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs the scripts of deploy/backup, and writes down every command line that they make of a client program. */
export type ScriptRunner = {
  readonly run: (
    script: "backup" | "restore",
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ) => Promise<Ended>;
  commandLines(): string;
};

const CLIENTS = ["pg_dump", "pg_restore", "psql", "redis-cli"];

/** Makes one that keeps its things in a folder. */
export function createScriptRunner(directory: string): ScriptRunner {
  const bin = join(directory, "bin");
  const log = join(directory, "command-lines");
  mkdirSync(bin, { recursive: true });
  writeFileSync(log, "");
  for (const name of CLIENTS) {
    const real = execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    const file = join(bin, name);
    writeFileSync(file, `#!/bin/sh\necho "${name} $*" >>'${log}'\nexec '${real}' "$@"\n`);
    chmodSync(file, 0o755);
  }
  const { PATH = "" } = process.env; // oxlint-disable-line node/no-process-env -- programs are found by it
  return {
    run: (script, args, env) =>
      new Promise((resolve) => {
        execFile(
          `deploy/backup/${script}.sh`,
          args,
          { env: { ...env, PATH: `${bin}:${PATH}` }, encoding: "utf8" },
          (error, stdout, stderr) =>
            resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
        );
      }),
    commandLines: () => readFileSync(log, "utf8"),
  };
}
