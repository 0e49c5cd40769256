import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";

import type { Answer, ContainerPlan, Mount, Plan } from "./plan.ts";

const USER = "10001:10001";
const WORKING_DIRECTORY = "/app/data";
const HEALTHY_LIMIT_MS = 180_000;
const STOP_LIMIT_MS = 40_000;

/** A process as an engine would start it: own network and process numbers, the image's root read-only, user 10001. */
export class Container {
  readonly plan: ContainerPlan;
  readonly #root: string;
  readonly #logFile: string;
  #child: ChildProcess | undefined;

  constructor(plan: ContainerPlan, { rootfs, scratch }: Pick<Plan, "rootfs" | "scratch">) {
    this.plan = plan;
    this.#root = plan.kind === "image" ? join(scratch, "roots", plan.name) : "/";
    this.#logFile = join(scratch, `${plan.name}.log`);
    if (plan.kind === "image") {
      mountRoot(rootfs, { root: this.#root, mounts: plan.mounts });
    }
  }

  /** Start it; answers with how long it took to become healthy, or to end when it is to end by itself. */
  async start(): Promise<number> {
    const startedAt = performance.now();
    const { command, healthcheck, name, kind } = this.plan;
    const log = openSync(this.#logFile, "a");
    const inner =
      kind === "image" ? this.#inside(["tini", "--", "orchestrator", ...command]) : command;
    const apart =
      kind === "image"
        ? [
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            MOUNT_PROC,
            this.#root,
          ]
        : [];
    const child = spawnIn(name, [...apart, ...inner], { stdio: ["ignore", log, log] });
    this.#child = child;
    if (healthcheck === undefined) {
      const [code] = await once(child, "exit");
      this.#require(code === 0, `ended with ${code}`);
    } else {
      await this.#untilHealthy(healthcheck);
    }
    return Math.round(performance.now() - startedAt);
  }

  /** Run a command in it, as `docker exec` does. */
  async exec(command: readonly string[]): Promise<Answer> {
    const isImage = this.plan.kind === "image";
    const first = isImage ? firstChildOf(this.#child?.pid) : undefined;
    if (isImage && first === undefined) {
      return { code: -1, stdout: "", stderr: "it has no process" };
    }
    const enter = isImage ? ["nsenter", "--mount", "--pid", `--target=${first}`] : [];
    const inner = isImage ? this.#inside(command) : command;
    const child = spawnIn(this.plan.name, [...enter, ...inner], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { stdout, stderr } = child;
    if (stdout === null || stderr === null) throw new Error("a pipe is missing");
    const [out, err, [code]] = await Promise.all([
      text(stdout),
      text(stderr),
      once(child, "close"),
    ]);
    return { code: typeof code === "number" ? code : -1, stdout: out, stderr: err };
  }

  /** SIGTERM to its first process; answers with how it ended, or undefined when it had ended before. */
  async stop(): Promise<{ code: number; ms: number } | undefined> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      return undefined;
    }
    const startedAt = performance.now();
    const exited = once(child, "exit");
    const first = this.plan.kind === "image" ? firstChildOf(child.pid) : child.pid;
    process.kill(first ?? child.pid, "SIGTERM");
    const isOver = await Promise.race([exited, delay(STOP_LIMIT_MS, false, { ref: false })]);
    this.#require(isOver !== false, `did not end within ${STOP_LIMIT_MS} ms of SIGTERM`);
    return { code: child.exitCode ?? -1, ms: Math.round(performance.now() - startedAt) };
  }

  async #untilHealthy(healthcheck: readonly string[]): Promise<void> {
    const deadline = Date.now() + HEALTHY_LIMIT_MS;
    let last: Answer | undefined;
    while (Date.now() < deadline && this.#child?.exitCode === null) {
      last = await this.exec(healthcheck);
      if (last.code === 0) return;
      await delay(500);
    }
    this.#require(false, `is not healthy: ${last?.stdout ?? ""}${last?.stderr ?? ""}`);
  }

  #inside(command: readonly string[]): readonly string[] {
    const variables = Object.entries(this.plan.env).map(([name, value]) => `${name}=${value}`);
    const jail = ["chroot", `--userspec=${USER}`, this.#root, "setpriv", "--no-new-privs"];
    return [...jail, "env", "-i", "-C", WORKING_DIRECTORY, ...variables, ...command];
  }

  #require(condition: boolean, problem: string): void {
    if (!condition) {
      const log = readFileSync(this.#logFile, "utf8").split("\n").slice(-20).join("\n");
      throw new Error(`${this.plan.name} ${problem}\nits log ends:\n${log}`);
    }
  }
}

/** `$0` is the root; what follows it is started. */
const MOUNT_PROC = 'mount -t proc proc "$0/proc" && exec "$@"';

/** The image's root, read-only, with what is mounted over it. Places for mounts that it lacks are made on top of `/run`. */
function mountRoot(
  rootfs: string,
  { root, mounts }: { root: string; mounts: readonly Mount[] },
): void {
  mkdirSync(root, { recursive: true });
  mount(["--bind", rootfs, root]);
  mount(["-o", "remount,bind,ro", root]);
  mount(["--rbind", "/dev", join(root, "dev")]);
  mount(["-t", "tmpfs", "-o", "mode=0755", "tmpfs", join(root, "run")]);
  for (const each of mounts) {
    const target = join(root, each.target);
    if (each.kind === "tmpfs") {
      mount(["-t", "tmpfs", "-o", each.options, "tmpfs", target]);
      continue;
    }
    if (each.target.startsWith("/run/")) {
      makePlace(each.source, target);
    }
    mount(["--bind", each.source, target]);
    if (each.readOnly) {
      mount(["-o", "remount,bind,ro", target]);
    }
  }
  mount(["-o", "remount,ro", join(root, "run")]);
}

function makePlace(source: string, target: string): void {
  if (statSync(source).isDirectory()) {
    mkdirSync(target, { recursive: true });
  } else {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, "");
  }
}

function mount(args: readonly string[]): void {
  execFileSync("mount", args, { stdio: ["ignore", "ignore", "inherit"] });
}

function spawnIn(
  network: string,
  command: readonly string[],
  options: { stdio: ["ignore", "pipe" | number, "pipe" | number] },
): ChildProcess {
  return spawn("nsenter", [`--net=/run/netns/${network}`, ...command], options);
}

/** `unshare` waits; its child is the first process of the container, once there is one. */
function firstChildOf(pid: number | undefined): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? undefined : Number(children.split(" ")[0]);
}
