import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { killedWithParent } from "@orchestrator/postgres/testing";

import { freePorts } from "../../harness/free-ports.ts";

const SHIPPED = "deploy/nginx";
const START_LIMIT_MS = 10_000;
const KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1";
const NAMES = "-addext subjectAltName=DNS:localhost,IP:127.0.0.1";

/** A line of the access log. */
export type LoggedRequest = {
  /** When it ended. */
  readonly at: number;
  readonly seconds: number;
  readonly path: string;
  readonly type: string;
  readonly status: number;
  readonly grpc_status: string;
  /** Addresses that it was sent to, in order. */
  readonly gateway: string;
};

/** A real nginx with the shipped configuration, but for its ports, its folder and its gateways. */
export type NginxProcess = AsyncDisposable & {
  /** `https://localhost:<port>` */
  readonly url: string;
  /** The same without TLS. */
  readonly plainUrl: string;
  /** Its certificate, which is its own authority. */
  readonly ca: string;
  accessLog(): readonly LoggedRequest[];
};

/** What it stands in front of. */
export type Gateways = {
  /** Of loopback. */
  readonly ports: readonly number[];
  /** Of nginx's `server` directive, in the place of the shipped ones. */
  readonly parameters?: string;
};

/** Start it in a folder of its own. */
export async function startNginx(directory: string, gateways: Gateways): Promise<NginxProcess> {
  const [port = 0, plainPort = 0] = await freePorts(2);
  const configuration = prepare(directory, { port, plainPort, gateways });
  const accessLog = join(directory, "access.log");
  const errorLog = join(directory, "error.log");
  const [program, ...args] = killedWithParent(
    ["nginx", "-c", configuration, "-g", "daemon off;"],
    "TERM",
  );
  const child = spawn(program, args, {
    // Files, since nginx opens /dev/stdout anew, which a pipe of Node's does not allow.
    stdio: ["ignore", openSync(accessLog, "a"), openSync(errorLog, "a")],
  });
  try {
    await untilListening(port, child);
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`nginx does not listen: ${readFileSync(errorLog, "utf8")}`, { cause: error });
  }
  return {
    url: `https://localhost:${port}`,
    plainUrl: `http://localhost:${plainPort}`,
    ca: readFileSync(join(directory, "ssl/tls.crt"), "utf8"),
    accessLog: () =>
      readFileSync(accessLog, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line): LoggedRequest => JSON.parse(line)),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, "exit");
        child.kill("SIGTERM");
        await exited;
      }
    },
  };
}

/** `nginx -t` of the configuration as it is shipped, with a certificate beside it and a gateway that has an address here. */
export function testConfiguration(directory: string): void {
  const configuration = prepare(directory, {
    port: 443,
    plainPort: 80,
    gateways: { ports: [8000] },
  });
  const said = join(directory, "said");
  const out = openSync(said, "a");
  const { status } = spawnSync("nginx", ["-t", "-c", configuration], {
    stdio: ["ignore", out, out],
  });
  const text = readFileSync(said, "utf8");
  assert.equal(status, 0, text);
  assert.doesNotMatch(text, /\[(warn|emerg|alert|crit)\]/);
}

type Place = {
  readonly port: number;
  readonly plainPort: number;
  readonly gateways: Gateways;
};

function prepare(directory: string, { port, plainPort, gateways }: Place): string {
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o755); // Workers are another user when the master is root.
  cpSync(SHIPPED, directory, { recursive: true });
  certify(directory);
  change(join(directory, "snippets/gateways.conf"), [
    [
      /^server gateway:8000 (.*);$/m,
      gateways.ports
        .map((each) => `server 127.0.0.1:${each} ${gateways.parameters ?? "$1"};`)
        .join("\n"),
    ],
  ]);
  const configuration = join(directory, "nginx.conf");
  change(configuration, [
    [/listen 443 ssl/, `listen 127.0.0.1:${port} ssl`],
    [/listen 80;/, `listen 127.0.0.1:${plainPort};`],
    [/ \/tmp\//g, ` ${directory}/`],
  ]);
  return configuration;
}

function change(file: string, changes: readonly (readonly [RegExp, string])[]): void {
  let text = readFileSync(file, "utf8");
  for (const [pattern, replacement] of changes) {
    assert.match(text, pattern);
    text = text.replace(pattern, replacement);
  }
  writeFileSync(file, text);
}

function certify(directory: string): void {
  mkdirSync(join(directory, "ssl"), { recursive: true });
  const files = `-keyout ${directory}/ssl/tls.key -out ${directory}/ssl/tls.crt`;
  const args = `req -x509 -nodes -days 2 -subj /CN=localhost ${KEY} ${NAMES} ${files}`.split(" ");
  const { status, stderr } = spawnSync("openssl", args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch {
      await delay(50); // Not yet.
    } finally {
      socket.destroy();
    }
  }
  throw new Error("nothing accepts connections");
}
