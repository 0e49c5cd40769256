import { main, readSettings } from "@orchestrator/service";

import { configFromSettings } from "./config.ts";
import { startState } from "./start.ts";

await main(() => startState(configFromSettings(readSettings({ env: process.env }))));
