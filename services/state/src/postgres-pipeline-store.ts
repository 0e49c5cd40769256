import { createHash } from "node:crypto";

import type { Database, Sql } from "@orchestrator/postgres";

import type {
  Archival,
  NewPipeline,
  Pipeline,
  PipelineCreation,
  PipelineStore,
} from "./pipeline.ts";
import { ARCHIVE_PIPELINE } from "./sql/archive-pipeline.ts";
import { DEFINITION_EXISTS } from "./sql/definition-exists.ts";
import { EARLIER_REQUEST } from "./sql/earlier-request.ts";
import { GET_PIPELINE } from "./sql/get-pipeline.ts";
import { INSERT_PIPELINE } from "./sql/insert-pipeline.ts";
import { LIST_PIPELINES } from "./sql/list-pipelines.ts";
import { LOCK_PIPELINE } from "./sql/lock-pipeline.ts";
import { REMEMBER_REQUEST } from "./sql/remember-request.ts";

/** Kinds of requests in `idempotency`; 1 is the creation of a run. */
const REQUEST = { createPipeline: 2, archivePipeline: 3 } as const;

/** Keeps pipelines. Changes of one pipeline follow each other. */
export class PostgresPipelineStore implements PipelineStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async create(wanted: NewPipeline): Promise<PipelineCreation> {
    const { namespace, name, requestId, documentHash, title, documentVersion, labels } = wanted;
    const digest = digestOf(name, Buffer.from(documentHash).toString("hex"));
    return this.#db.transaction(async (sql): Promise<PipelineCreation> => {
      await sql.query(LOCK_PIPELINE, [namespace, name]);
      const request = [namespace, REQUEST.createPipeline, requestId] as const;
      const [before] = await sql.query(EARLIER_REQUEST, request);
      if (before !== undefined) {
        if (before.digest !== digest) return { kind: "request_id_reused" };
        return { kind: "stored", pipeline: await find(sql, { namespace, ...before }) };
      }
      const [known] = await sql.query(DEFINITION_EXISTS, [namespace, documentHash]);
      if (known !== true) return { kind: "unknown_definition" };
      const [newest] = await sql.query(GET_PIPELINE, [namespace, name, 0]);
      const labelsText = Object.keys(labels).length === 0 ? null : JSON.stringify(labels);
      const params = [namespace, name, documentHash, title, documentVersion, labelsText];
      const [stored] =
        newest !== undefined && stands(newest, documentHash)
          ? [newest]
          : await sql.query(INSERT_PIPELINE, params);
      if (stored === undefined) {
        throw new Error("a pipeline was stored without a version");
      }
      const result = [digest, name, stored.version] as const;
      const [remembered] = await sql.query(REMEMBER_REQUEST, [...request, ...result]);
      // The same id came with another name meanwhile, and its lock is another one.
      if (remembered !== true) throw serializationFailure();
      return { kind: "stored", pipeline: stored };
    });
  }

  async get(namespace: string, name: string, version: number): Promise<Pipeline | undefined> {
    const [pipeline] = await this.#db.query(GET_PIPELINE, [namespace, name, version]);
    return pipeline;
  }

  async list({
    namespace,
    limit,
    afterName,
    includeArchived,
  }: Parameters<PipelineStore["list"]>[0]): Promise<readonly Pipeline[]> {
    return this.#db.query(LIST_PIPELINES, [namespace, afterName, limit, includeArchived]);
  }

  async archive({
    namespace,
    name,
    requestId,
  }: Parameters<PipelineStore["archive"]>[0]): Promise<Archival> {
    const digest = digestOf(name, "archive");
    return this.#db.transaction(async (sql): Promise<Archival> => {
      await sql.query(LOCK_PIPELINE, [namespace, name]);
      const request = [namespace, REQUEST.archivePipeline, requestId] as const;
      const [before] = await sql.query(EARLIER_REQUEST, request);
      if (before !== undefined) {
        if (before.digest !== digest) return { kind: "request_id_reused" };
        return { kind: "archived", pipeline: await find(sql, { namespace, ...before }) };
      }
      await sql.query(ARCHIVE_PIPELINE, [namespace, name]);
      const [newest] = await sql.query(GET_PIPELINE, [namespace, name, 0]);
      if (newest === undefined) return { kind: "unknown_pipeline" };
      const result = [digest, name, newest.version] as const;
      const [remembered] = await sql.query(REMEMBER_REQUEST, [...request, ...result]);
      if (remembered !== true) throw serializationFailure();
      return { kind: "archived", pipeline: newest };
    });
  }
}

function stands(newest: Pipeline, documentHash: Uint8Array): boolean {
  return newest.archivedAt === undefined && Buffer.compare(newest.documentHash, documentHash) === 0;
}

async function find(
  sql: Sql,
  { namespace, subject, version }: { namespace: string; subject: string; version: number },
): Promise<Pipeline> {
  const [pipeline] = await sql.query(GET_PIPELINE, [namespace, subject, version]);
  if (pipeline === undefined) {
    throw new Error(`version ${version} of a pipeline is remembered but not stored`);
  }
  return pipeline;
}

/** 64 bits over what was asked for. */
function digestOf(...parts: readonly string[]): bigint {
  return createHash("sha256").update(JSON.stringify(parts)).digest().readBigInt64BE();
}

/** Makes the transaction run again as a whole. */
function serializationFailure(): Error {
  return Object.assign(new Error("another request with this id was faster"), { code: "40001" });
}
