import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { scriptOf } from "./blocks.ts";

const READY_LIMIT_MS = 180_000;
const COMMANDS_LIMIT_MS = 180_000;

/** A reader's terminals in one folder: one for commands, whose variables stay, and one for each server. */
export class Terminal implements AsyncDisposable {
  readonly #folder: string;
  readonly #log: string;
  readonly #variables: string;
  readonly #servers = new Map<string, ChildProcess>();

  constructor(folder: string, { home }: { readonly home: string }) {
    this.#folder = folder;
    this.#log = join(home, "servers.log");
    this.#variables = join(home, "variables");
    writeFileSync(
      this.#variables,
      `export PATH='${process.env["PATH"] ?? ""}' HOME='${home}' CI=true\n`,
    );
  }

  /** Run a block, and give back what it printed. */
  run(text: string): string {
    const script = `. '${this.#variables}'\nset -aeo pipefail\n${scriptOf(text)}\nexport -p > '${this.#variables}'`;
    const { status, stdout, stderr } = spawnSync("bash", ["--norc", "-c", script], {
      cwd: this.#folder,
      encoding: "utf8",
      env: {},
      timeout: COMMANDS_LIMIT_MS,
    });
    assert.equal(status, 0, `${text}${stdout}${stderr}`);
    return stdout;
  }

  /** Start what goes on, in the place of what had its port, and wait until it is there. */
  async serve(command: string): Promise<void> {
    const port = /--port (\d+)/.exec(command)?.[1];
    const url = port === undefined ? "http://127.0.0.1:8000/ready" : `http://127.0.0.1:${port}/`;
    await this.interrupt(url);
    const log = openSync(this.#log, "a");
    const child = spawn("bash", ["--norc", "-c", `. '${this.#variables}'\n${command}`], {
      cwd: this.#folder,
      detached: true,
      env: {},
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#servers.set(url, child);
    const deadline = Date.now() + READY_LIMIT_MS;
    while (!(await answers(url, { wantsOk: port === undefined }))) {
      const text = `${command} does not get ready: ${readFileSync(this.#log, "utf8")}`;
      assert.ok(child.exitCode === null && Date.now() < deadline, text);
      await delay(100);
    }
  }

  /** Press Ctrl-C, which every process of a terminal gets. */
  async interrupt(url?: string): Promise<void> {
    const chosen = [...this.#servers].filter(([each]) => url === undefined || each === url);
    for (const [each, child] of chosen) {
      this.#servers.delete(each);
      if (child.exitCode === null && child.pid !== undefined) {
        const ended = once(child, "exit");
        process.kill(-child.pid, "SIGINT");
        await ended;
      }
      await this.#untilGone(each);
    }
  }

  /** npm is gone before what it started is. */
  async #untilGone(url: string): Promise<void> {
    const deadline = Date.now() + READY_LIMIT_MS;
    while (await answers(url, { wantsOk: false })) {
      assert.ok(Date.now() < deadline, `${url} still answers after Ctrl-C`);
      await delay(100);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.interrupt();
  }
}

async function answers(url: string, { wantsOk }: { readonly wantsOk: boolean }): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok || !wantsOk;
  } catch {
    return false; // Nobody listens, yet or any more.
  }
}
