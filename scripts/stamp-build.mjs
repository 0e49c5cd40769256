// Marks the build as made from the sources as they are now; bin/orchestrator prefers it until a source is newer.
import { writeFileSync } from "node:fs";

writeFileSync("apps/cli/dist/.built", "");
