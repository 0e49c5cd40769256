import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { killedWithParent } from "@orchestrator/postgres/testing";

import { at, listOf, textOf } from "./json.ts";
import { movedTo } from "./pod-files.ts";
import type { Container } from "./pod.ts";
import { type Probe, probesOf } from "./probe.ts";

/** The container of a pod as a process of this machine: its arguments and its variables, and nothing else of either. */
export class PodProcess {
  readonly name: string;
  readonly probes: readonly Probe[];
  readonly #child: ChildProcess;
  readonly #log: string;

  constructor(
    name: string,
    options: {
      readonly container: Container;
      /** Where the files of the pod are, in the place of its root. */
      readonly root: string;
    },
  ) {
    const { container, root } = options;
    this.name = name;
    this.probes = probesOf(container);
    this.#log = join(root, `${name}.log`);
    const log = openSync(this.#log, "a");
    const args = listOf(container.fields["args"]).map((arg) => textOf(arg));
    const [program, ...rest] = killedWithParent(["bin/orchestrator", ...args], "TERM");
    this.#child = spawn(program, rest, {
      stdio: ["ignore", log, log],
      env: { PATH: process.env["PATH"], ...movedTo(root, container.env) },
    });
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Waits until it has ended by itself; answers with its exit code, or undefined where it took longer. */
  async ended(limitSeconds: number): Promise<number | undefined> {
    if (!this.hasEnded) {
      await Promise.race([
        once(this.#child, "exit"),
        delay(limitSeconds * 1_000, undefined, { ref: false }),
      ]);
    }
    return this.#child.exitCode ?? undefined;
  }

  /** As a kubelet ends a pod, less the sleep before. */
  async stop(limitSeconds: number): Promise<number | undefined> {
    this.#child.kill("SIGTERM");
    const code = await this.ended(limitSeconds);
    this.#child.kill("SIGKILL");
    return code;
  }

  /** What it said last, for whoever has to find out why. */
  get lastWords(): string {
    return readFileSync(this.#log, "utf8").split("\n").slice(-20).join("\n");
  }

  probe(name: Probe["name"]): Probe {
    const found = this.probes.find((probe) => probe.name === name);
    if (found === undefined) {
      throw new Error(`${this.name} has no ${name}`);
    }
    return found;
  }
}

/** Seconds that a pod has after SIGTERM. */
export function graceSeconds(spec: unknown, container: Container): number {
  const sleep = Number(at(container.fields, "lifecycle.preStop.sleep.seconds") ?? 0);
  return Number(at(spec, "terminationGracePeriodSeconds")) - sleep;
}
