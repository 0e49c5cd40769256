import { readSettings } from "../settings/read-settings.ts";
import { openPinoLog } from "./pino-log.ts";

// A process that logs one event to the output that its first argument names, and knows of a file by the second.
const [, , output = "", file = ""] = process.argv;
const { logging } = readSettings({
  env: { ORCHESTRATOR_ENV: "test" },
  flags: { "logging.output": output, "logging.file_path": file },
});
using opened = await openPinoLog(logging, { fields: {}, secrets: [] });
opened.log.info("info_event");
