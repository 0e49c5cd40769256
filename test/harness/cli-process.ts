import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";

import type { CliOutcome } from "./run-cli.ts";

/** The command as a process of its own, as a shell starts it. Disposing kills it. */
export type CliProcess = AsyncDisposable & {
  /** What it has written to stdout so far. */
  said(): string;
  /** Send a signal, as a terminal or an operator does. */
  signal(name: NodeJS.Signals): void;
  /** Resolves when it ended. */
  readonly ended: Promise<CliOutcome>;
};

/** Start the command; what a developer has set does not reach it. */
export function startCli(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): CliProcess {
  const child = spawn(resolve("bin/orchestrator"), args, {
    cwd,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  const collect = async (): Promise<CliOutcome> => {
    const said = text(child.stderr);
    const [code] = await once(child, "close");
    return { code: typeof code === "number" ? code : -1, stdout, stderr: await said };
  };
  const ended = collect();
  return {
    said: () => stdout,
    signal: (name) => void child.kill(name),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Ask again and again until the answer is yes, or fail. */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  { limitMs = 180_000 }: { readonly limitMs?: number } = {},
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`${what} did not come about within ${limitMs} ms`);
    await delay(100);
  }
}
