import { isWorker, main, readSettings, startWorkers } from "@orchestrator/service";

import { configFromSettings } from "./config.ts";
import { startGateway } from "./start.ts";

await main(() => {
  const settings = readSettings({ env: process.env });
  return settings.server.workers === 1 || isWorker()
    ? startGateway(configFromSettings(settings))
    : startWorkers(settings, "orchestrator-gateway");
});
