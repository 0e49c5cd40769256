import { setTimeout as sleep } from "node:timers/promises";

import { main } from "./main.ts";
import { SettingsError } from "./settings/settings-error.ts";

// A process as a service's main.ts makes it; the first argument says how it fares.
await main(async () => {
  if (process.argv[2] === "wrong") {
    throw new SettingsError(["server.port must be an integer"]);
  }
  process.stdout.write("open\n");
  const alive = setInterval(() => undefined, 1_000);
  return {
    async [Symbol.asyncDispose]() {
      await sleep(process.argv[2] === "slow" ? 60_000 : 0);
      clearInterval(alive);
      process.stdout.write("closed\n");
    },
  };
});
