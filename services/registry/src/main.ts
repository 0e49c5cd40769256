import { main, readSettings } from "@orchestrator/service";

import { configFromSettings } from "./config.ts";
import { startRegistry } from "./start.ts";

await main(() => startRegistry(configFromSettings(readSettings({ env: process.env }))));
