import { int, type Statement } from "@orchestrator/postgres";

/** Under which upload the parts of the blob ($1 namespace, $2 hash) are, and its size. */
export const FIND_BLOB: Statement<{ readonly uploadId: number; readonly size: number }> = {
  name: "find_blob",
  text: `select upload_id, size from state.blob where namespace = $1::text and hash = $2::bytea`,
  row: ([uploadId, size]) => ({ uploadId: int(uploadId), size: int(size) }),
};
