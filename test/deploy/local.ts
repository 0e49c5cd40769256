import { execFileSync, spawnSync } from "node:child_process";

import { PAGES } from "./local/pages.ts";
import type { Verification } from "./verification.ts";

/** Ports and processes of its own, which end with it; the checkout cannot be written. */
const NAMESPACE =
  'ip link set lo up && mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && exec "$@"';
const UNSHARE = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
const FROM_SOURCES = ["--conditions=source", "--import", "tsx"];
const PROGRAM = [process.execPath, ...FROM_SOURCES, "test/deploy/local/main.ts"];

/** What a reader does who has this machine and these pages: every block is run as it stands, or listed with its reason. */
export const local: Verification = {
  artefact: PAGES.map(({ page }) => page).join(", "),
  packages: ["curl", "iproute2", "openssl"],
  async verify() {
    // The rest of `npm run setup`.
    execFileSync(process.execPath, [...FROM_SOURCES, "scripts/prepare-store.ts"]);
    const command = [...UNSHARE, "--", "sh", "-c", NAMESPACE, process.cwd(), ...PROGRAM];
    const [program = "", ...args] =
      process.getuid?.() === 0 ? command : ["sudo", "-n", "-E", ...command];
    const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
    if (status !== 0) {
      throw new Error(`the pages cannot be followed: ${error?.message ?? ""}${stderr}`);
    }
    return stdout.trim();
  },
};
