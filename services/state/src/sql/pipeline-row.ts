import { bytes, int, optional, text, textMap, time } from "@orchestrator/postgres";

import type { Pipeline } from "../pipeline.ts";

/** All of a pipeline `p`. */
export const PIPELINE_COLUMNS = `
p.name, p.version, p.document_hash, p.title, p.document_version, p.labels, p.created_at, p.archived_at`;

/** Reads `PIPELINE_COLUMNS`. */
export function pipelineRow(columns: readonly unknown[]): Pipeline {
  const [name, version, hash, title, documentVersion, labels, createdAt, archivedAt] = columns;
  return {
    name: text(name),
    version: int(version),
    documentHash: bytes(hash),
    title: text(title),
    documentVersion: text(documentVersion),
    labels: optional(labels, textMap) ?? {},
    createdAt: time(createdAt),
    archivedAt: optional(archivedAt, time),
  };
}
