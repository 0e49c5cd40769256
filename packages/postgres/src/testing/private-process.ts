import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";

/** A port of loopback that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") {
    throw new Error("the system gave no port");
  }
  return address.port;
}

/** A command line under which the process is sent the signal when this one dies, where the system can do that. */
export function killedWithParent(
  command: readonly string[],
  signal: "INT" | "TERM",
): readonly [string, ...string[]] {
  const [program = "", ...args] = command;
  return existsSync(SETPRIV)
    ? [SETPRIV, "--pdeathsig", signal, "--", program, ...args]
    : [program, ...args];
}

const SETPRIV = "/usr/bin/setpriv";
