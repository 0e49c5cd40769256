import { main, readSettings } from "@orchestrator/service";

import { configFromSettings } from "./config.ts";
import { startExecutor } from "./start.ts";

await main(() => startExecutor(configFromSettings(readSettings({ env: process.env }))));
