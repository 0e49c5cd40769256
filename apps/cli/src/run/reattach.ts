import type { Connection } from "../connection.ts";

/** How to go on watching a run. */
export function reattach({ name, mesh }: Pick<Connection, "name" | "mesh">, runId: string): string {
  return `orchestrator runs watch ${runId}${mesh === undefined ? ` --url ${name}` : ""}`;
}
