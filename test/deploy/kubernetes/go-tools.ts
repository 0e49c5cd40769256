import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { fieldsOf, textOf } from "./json.ts";

/** A module of Go at one version, with the hash that its content has to have. */
export type GoModule = { readonly path: string; readonly version: string; readonly sum: string };

/** What comes from elsewhere is kept beside what is installed, and fetched once. */
const CACHE = join("node_modules", ".cache", "orchestrator-deploy");

/** Builds a command from its module, and answers with its path. */
export function goTool({ path, version }: Omit<GoModule, "sum">, command: string): string {
  const folder = join(CACHE, "bin", `${command}-${version}`);
  const program = join(folder, command);
  if (!existsSync(program)) {
    inPrivateCache((env) => {
      const GOBIN = join(env["GOMODCACHE"] ?? "", "bin");
      go(["install", `${path}@${version}`], { ...env, GOBIN });
      place(join(GOBIN, command), program);
    });
  }
  return program;
}

/** Fetches files of a module, and answers with their paths; another content than the expected one is refused. */
export function goFiles(module: GoModule, files: readonly string[]): readonly string[] {
  const folder = join(CACHE, "schemas", `${module.path.replaceAll("/", "_")}-${module.version}`);
  const copies = files.map((file) => join(folder, file));
  if (!copies.every((copy) => existsSync(copy))) {
    inPrivateCache((env) => {
      const answer = go(["mod", "download", "-json", `${module.path}@${module.version}`], env);
      const { Dir, Sum } = fieldsOf(JSON.parse(answer));
      if (Sum !== module.sum) {
        throw new Error(`${module.path} ${module.version} is ${textOf(Sum)}, not ${module.sum}`);
      }
      for (const file of files) {
        place(join(textOf(Dir), file), join(folder, file));
      }
    });
  }
  return copies;
}

/** Modules unpack to many times what is kept of them. */
function inPrivateCache(work: (env: Readonly<Record<string, string>>) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "orchestrator-go-"));
  try {
    work({
      GOMODCACHE: folder,
      GOFLAGS: "-modcacherw",
      // Two builds of the same tool at once would take the machine from everything else.
      GOMAXPROCS: "1",
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function go(args: readonly string[], env: Readonly<Record<string, string>>): string {
  try {
    return execFileSync("go", args, {
      encoding: "utf8",
      env: { ...process.env, ...env },
      cwd: tmpdir(),
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    throw new Error(`go ${args.join(" ")} failed; it wants Go 1.24 or newer on the PATH`, {
      cause: error,
    });
  }
}

/** In one step, so that nobody finds half a file. */
function place(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  const almost = `${to}.${process.pid}`;
  cpSync(from, almost);
  renameSync(almost, to);
}
