import { spawnSync } from "node:child_process";

/** Install packages that are not there yet, without asking. */
export function installPackages(names: readonly string[]): void {
  const missing = [...new Set(names)].filter((name) => !isInstalled(name));
  if (missing.length === 0) {
    return;
  }
  run(["apt-get", "update", "-qq"]);
  run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...missing]);
}

function isInstalled(name: string): boolean {
  const { stdout } = spawnSync("dpkg-query", ["-W", "-f", "${db:Status-Status}", name], {
    encoding: "utf8",
  });
  return stdout === "installed";
}

function run(command: readonly string[]): void {
  const [program = "", ...args] =
    process.getuid?.() === 0 ? command : ["sudo", "-n", "-E", ...command];
  const { status, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (status !== 0) {
    throw new Error(`${command.join(" ")} failed: ${stderr}`);
  }
}
