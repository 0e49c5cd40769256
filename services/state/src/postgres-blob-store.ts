import type { Database } from "@orchestrator/postgres";

import type { BlobKey, BlobStore, Upload } from "./blob.ts";
import { ADD_BLOB_PART } from "./sql/add-blob-part.ts";
import { BEGIN_UPLOAD } from "./sql/begin-upload.ts";
import { DROP_UPLOAD_PARTS } from "./sql/drop-upload-parts.ts";
import { FIND_BLOB } from "./sql/find-blob.ts";
import { FINISH_UPLOAD } from "./sql/finish-upload.ts";
import { FORGET_UPLOAD } from "./sql/forget-upload.ts";
import { PUT_SMALL_BLOB } from "./sql/put-small-blob.ts";
import { READ_BLOB_PART } from "./sql/read-blob-part.ts";
import { TOUCH_BLOB } from "./sql/touch-blob.ts";

/** Keeps blobs as rows of at most a mebibyte. */
export class PostgresBlobStore implements BlobStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async touch({ namespace, hash }: BlobKey): Promise<boolean> {
    return (await this.#db.query(TOUCH_BLOB, [namespace, hash])).length > 0;
  }

  async put(
    { namespace, hash }: BlobKey,
    { mediaType, bytes }: { mediaType: string; bytes: Uint8Array },
  ): Promise<void> {
    await this.#db.query(PUT_SMALL_BLOB, [namespace, hash, mediaType, bytes]);
  }

  async begin(): Promise<Upload> {
    const [uploadId] = await this.#db.query(BEGIN_UPLOAD);
    if (uploadId === undefined) {
      throw new Error("an upload was stored without a number");
    }
    return { uploadId };
  }

  async addPart(
    { uploadId }: Upload,
    { ordinal, bytes }: { ordinal: number; bytes: Uint8Array },
  ): Promise<void> {
    await this.#db.query(ADD_BLOB_PART, [uploadId, ordinal, bytes]);
  }

  async finish(
    { namespace, hash }: BlobKey,
    { upload, size, mediaType }: { upload: Upload; size: number; mediaType: string },
  ): Promise<"stored" | "existed"> {
    const { uploadId } = upload;
    return this.#db.transaction(async (sql) => {
      const rows = await sql.query(FINISH_UPLOAD, [namespace, hash, uploadId, size, mediaType]);
      await sql.query(FORGET_UPLOAD, [uploadId]);
      if (rows.length > 0) return "stored";
      if ((await sql.query(TOUCH_BLOB, [namespace, hash])).length === 0) {
        throw new Error("an upload was given up before it was finished");
      }
      await sql.query(DROP_UPLOAD_PARTS, [uploadId]);
      return "existed";
    });
  }

  async drop({ uploadId }: Upload): Promise<void> {
    await this.#db.transaction(async (sql) => {
      await sql.query(DROP_UPLOAD_PARTS, [uploadId]);
      await sql.query(FORGET_UPLOAD, [uploadId]);
    });
  }

  async find({ namespace, hash }: BlobKey): ReturnType<BlobStore["find"]> {
    const [found] = await this.#db.query(FIND_BLOB, [namespace, hash]);
    return found;
  }

  async part({ uploadId }: Upload, ordinal: number): Promise<Uint8Array | undefined> {
    const [bytes] = await this.#db.query(READ_BLOB_PART, [uploadId, ordinal]);
    return bytes;
  }
}
