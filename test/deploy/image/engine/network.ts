import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";

import type { ContainerPlan } from "./plan.ts";

const NET = "10.88.0";

/** One bridge, and on it a network namespace with an address of its own for each container; answers with their `hosts` file. */
export function openNetwork(containers: readonly ContainerPlan[]): string {
  mkdirSync("/run/netns", { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "tmpfs", "/run/netns"]);
  ip("link", "set", "lo", "up");
  ip("link", "add", "bridge", "type", "bridge");
  ip("link", "set", "bridge", "up");
  const lines = containers.map(({ name, service }, index) => {
    const address = `${NET}.${index + 10}`;
    const outer = `outer${index}`;
    ip("netns", "add", name);
    ip("link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("link", "set", outer, "master", "bridge", "up");
    ip("-n", name, "link", "set", "lo", "up");
    ip("-n", name, "addr", "add", `${address}/24`, "dev", "eth0");
    ip("-n", name, "link", "set", "eth0", "up");
    return `${address} ${service}`;
  });
  return ["127.0.0.1 localhost", ...lines, ""].join("\n");
}

function ip(...args: readonly string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
}
