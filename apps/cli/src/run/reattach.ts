import type { Connection } from "../connection.ts";

type Mesh = Pick<Connection, "name" | "mesh">;

/** How to go on watching a run. */
export function reattach(mesh: Mesh, runId: string): string {
  return inMesh(mesh, `runs watch ${runId}`);
}

/** The command that does something in the mesh that this one speaks to. */
export function inMesh({ name, mesh }: Mesh, words: string): string {
  return `orchestrator ${words}${mesh === undefined ? ` --url ${name}` : ""}`;
}
