import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { verifyNothingIsRepeated } from "./nginx/broken-gateways.ts";
import { verifyFailover } from "./nginx/failover.ts";
import { testConfiguration } from "./nginx/nginx-process.ts";
import type { Verification } from "./verification.ts";

/** Tests the configuration, then a real nginx with it in front of gateways that break and gateways that are killed. */
export const nginx: Verification = {
  artefact: "deploy/nginx/nginx.conf",
  packages: ["nginx-light", "openssl", "postgresql", "redis-server"],
  async verify() {
    const directory = mkdtempSync(join(tmpdir(), "orchestrator-nginx-"));
    try {
      testConfiguration(directory);
    } finally {
      rmSync(directory, { recursive: true });
    }
    const repetition = await verifyNothingIsRepeated();
    const failover = await verifyFailover();
    return `nginx -t; ${repetition}; ${failover}`;
  },
};
