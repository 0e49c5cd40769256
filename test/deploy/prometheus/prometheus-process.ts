import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { killedWithParent } from "@orchestrator/postgres/testing";
import { parse, stringify } from "yaml";

import { freePorts } from "../../harness/free-ports.ts";

const SHIPPED = "deploy/prometheus";
const READY_LIMIT_MS = 30_000;
const EVERY = "1s";

/** One series of an answer. */
export type Sample = {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
};

/** A real Prometheus with the shipped configuration and rules. */
export type PrometheusProcess = AsyncDisposable & {
  /** Throws what is wrong with the query. */
  query(expr: string): Promise<readonly Sample[]>;
  rules(): Promise<readonly Rule[]>;
};

/** A rule, and how its last evaluation went. */
export type Rule = {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
};

/** Ops ports of loopback, by job. */
export type Targets = Readonly<Record<string, readonly number[]>>;

/** Start it on these targets, with short intervals: the rest is as shipped. */
export async function startPrometheus(
  directory: string,
  targets: Targets,
): Promise<PrometheusProcess> {
  mkdirSync(directory, { recursive: true });
  cpSync(SHIPPED, directory, { recursive: true });
  const config = join(directory, "prometheus.yml");
  writeFileSync(config, stringify(pointed(parse(readFileSync(config, "utf8")), targets)));
  const [port = 0] = await freePorts(1);
  const logFile = join(directory, "prometheus.log");
  const log = openSync(logFile, "a");
  const [program, ...args] = killedWithParent(
    [
      "prometheus",
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    "TERM",
  );
  const child = spawn(program, args, { stdio: ["ignore", log, log] });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    }
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilReady(url);
  } catch (error) {
    await stop();
    throw new Error(`Prometheus does not start: ${readFileSync(logFile, "utf8")}`, {
      cause: error,
    });
  }
  return {
    async query(expr) {
      const text = await getText(`${url}/api/v1/query?query=${encodeURIComponent(expr)}`);
      const answer: Answer<{ readonly result: readonly Sample[] }> = JSON.parse(text);
      return dataOf(answer).result;
    },
    async rules() {
      const text = await getText(`${url}/api/v1/rules`);
      const answer: Answer<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }> =
        JSON.parse(text);
      return dataOf(answer).groups.flatMap(({ rules }) => rules);
    },
    [Symbol.asyncDispose]: stop,
  };
}

type Answer<T> =
  | { readonly status: "success"; readonly data: T }
  | { readonly status: "error"; readonly error: string };

function dataOf<T>(answer: Answer<T>): T {
  if (answer.status === "error") {
    throw new Error(answer.error);
  }
  return answer.data;
}

async function getText(url: string): Promise<string> {
  return (await fetch(url)).text();
}

type Config = {
  readonly global: object;
  readonly scrape_configs: readonly { readonly job_name: string }[];
};

/** Names of a network of containers become addresses of this machine. */
function pointed(config: Config, targets: Targets): object {
  return {
    ...config,
    global: { ...config.global, scrape_interval: EVERY, evaluation_interval: EVERY },
    scrape_configs: config.scrape_configs.map(({ job_name: job }) => {
      const ports = targets[job];
      if (ports === undefined) {
        throw new Error(`prometheus.yml scrapes ${job}, which is no service`);
      }
      return {
        job_name: job,
        static_configs: [{ targets: ports.map((port) => `127.0.0.1:${port}`) }],
      };
    }),
  };
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + READY_LIMIT_MS;
  for (;;) {
    try {
      const response = await fetch(`${url}/-/ready`);
      await response.arrayBuffer();
      if (response.ok) {
        return;
      }
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await delay(100);
  }
}
