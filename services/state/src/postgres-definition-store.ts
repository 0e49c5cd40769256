import { byteas, type Database, texts } from "@orchestrator/postgres";

import type { Definition, DefinitionStore, StoredDefinition } from "./definition.ts";
import { GET_DEFINITION_FILES } from "./sql/get-definition-files.ts";
import { GET_DEFINITION } from "./sql/get-definition.ts";
import { PUT_DEFINITION_FILES } from "./sql/put-definition-files.ts";
import { PUT_DEFINITION } from "./sql/put-definition.ts";
import { PUT_PLAN } from "./sql/put-plan.ts";

/** Keeps documents and plans. */
export class PostgresDefinitionStore implements DefinitionStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async put(definition: Definition): Promise<void> {
    const { namespace, documentHash, source, bundle, planVersion, plan } = definition;
    await this.#db.transaction(async (sql) => {
      await sql.query(PUT_DEFINITION, [namespace, documentHash, source]);
      if (bundle.length > 0) {
        await sql.query(PUT_DEFINITION_FILES, [
          namespace,
          documentHash,
          texts(bundle.map(({ path }) => path)),
          byteas(bundle.map(({ content }) => content)),
        ]);
      }
      await sql.query(PUT_PLAN, [namespace, documentHash, planVersion, plan]);
    });
  }

  async get({
    namespace,
    documentHash,
    planVersion,
  }: Parameters<DefinitionStore["get"]>[0]): Promise<StoredDefinition | undefined> {
    const [found] = await this.#db.query(GET_DEFINITION, [namespace, documentHash, planVersion]);
    if (found === undefined) return undefined;
    const bundle = await this.#db.query(GET_DEFINITION_FILES, [namespace, documentHash]);
    return { ...found, bundle };
  }
}
