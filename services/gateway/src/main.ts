import { main, readSettings } from "@orchestrator/service";

import { configFromSettings } from "./config.ts";
import { startGateway } from "./start.ts";

await main(() => startGateway(configFromSettings(readSettings({ env: process.env }))));
