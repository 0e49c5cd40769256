import { createHash } from "node:crypto";

import { type Database, texts } from "@orchestrator/postgres";

import { runIdText } from "./run.ts";
import type { SecretDeletion, SecretSetting, SecretStore } from "./secret.ts";
import { DELETE_SECRET } from "./sql/delete-secret.ts";
import { EARLIER_REQUEST } from "./sql/earlier-request.ts";
import { EXISTING_SECRETS } from "./sql/existing-secrets.ts";
import { FIND_SECRET } from "./sql/find-secret.ts";
import { LIST_SECRETS } from "./sql/list-secrets.ts";
import { LOCK_SECRETS } from "./sql/lock-secrets.ts";
import { REMEMBER_REQUEST } from "./sql/remember-request.ts";
import { SECRETS_FOR_HOLDER } from "./sql/secrets-for-holder.ts";
import { SET_SECRET } from "./sql/set-secret.ts";

/** Kinds of requests in `idempotency`. */
const REQUEST = { setSecret: 4, deleteSecret: 5 } as const;

/** Keeps secrets as ciphertext. Changes of one namespace follow each other. */
export class PostgresSecretStore implements SecretStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async set({
    namespace,
    name,
    keyId,
    nonce,
    ciphertext,
    requestId,
    digest,
  }: Parameters<SecretStore["set"]>[0]): Promise<SecretSetting> {
    return this.#db.transaction(async (sql): Promise<SecretSetting> => {
      await sql.query(LOCK_SECRETS, [namespace]);
      const request = [namespace, REQUEST.setSecret, requestId] as const;
      const [before] = await sql.query(EARLIER_REQUEST, request);
      if (before !== undefined) {
        const [found] = await sql.query(FIND_SECRET, [namespace, name]);
        return before.digest === digest
          ? { kind: "stored", secret: found }
          : { kind: "request_id_reused" };
      }
      const [secret] = await sql.query(SET_SECRET, [namespace, name, keyId, nonce, ciphertext]);
      if (secret === undefined) {
        return { kind: "full" };
      }
      await sql.query(REMEMBER_REQUEST, [...request, digest, name, 0]);
      return { kind: "stored", secret };
    });
  }

  list({
    namespace,
    limit,
    afterName,
  }: Parameters<SecretStore["list"]>[0]): ReturnType<SecretStore["list"]> {
    return this.#db.query(LIST_SECRETS, [namespace, afterName, limit]);
  }

  async delete({
    namespace,
    name,
    requestId,
  }: Parameters<SecretStore["delete"]>[0]): Promise<SecretDeletion> {
    const digest = createHash("sha256").update(name).digest().readBigInt64BE();
    return this.#db.transaction(async (sql): Promise<SecretDeletion> => {
      await sql.query(LOCK_SECRETS, [namespace]);
      const request = [namespace, REQUEST.deleteSecret, requestId] as const;
      const [before] = await sql.query(EARLIER_REQUEST, request);
      if (before !== undefined) {
        return { kind: before.digest === digest ? "deleted" : "request_id_reused" };
      }
      const [deleted] = await sql.query(DELETE_SECRET, [namespace, name]);
      if (deleted !== true) {
        return { kind: "unknown" };
      }
      await sql.query(REMEMBER_REQUEST, [...request, digest, name, 0]);
      return { kind: "deleted" };
    });
  }

  existing(namespace: string, names: readonly string[]): Promise<readonly string[]> {
    return this.#db.query(EXISTING_SECRETS, [namespace, texts(names)]);
  }

  async forHolder(
    { runId, sessionId, epoch }: Parameters<SecretStore["forHolder"]>[0],
    names: readonly string[],
  ): ReturnType<SecretStore["forHolder"]> {
    const rows = await this.#db.query(SECRETS_FOR_HOLDER, [
      runIdText(runId),
      sessionId,
      epoch,
      texts(names),
    ]);
    return rows.length === 0 ? undefined : rows.flatMap((row) => row ?? []);
  }
}
