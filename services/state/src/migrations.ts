import { fileURLToPath } from "node:url";

/** The schema of this service, and where its migrations lie. */
export const MIGRATIONS = {
  schema: "state",
  // A build lies one folder deeper than its sources.
  directory: fileURLToPath(
    new URL(
      import.meta.url.includes("/dist/") ? "../../migrations" : "../migrations",
      import.meta.url,
    ),
  ),
} as const;
