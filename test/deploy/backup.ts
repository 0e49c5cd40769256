import { drill } from "./backup/drill.ts";
import { verifyScripts } from "./backup/scripts.ts";
import type { Verification } from "./verification.ts";

/** The drill: load, backup, destruction, restoration, every run to its end; and what the scripts refuse. */
export const backup: Verification = {
  artefact: "deploy/backup",
  packages: ["postgresql", "redis-server"],
  async verify() {
    const scripts = await verifyScripts();
    return `${scripts}; drill: ${await drill()}`;
  },
};
