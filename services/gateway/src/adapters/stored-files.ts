import { createHash } from "node:crypto";

import type { Client } from "@connectrpc/connect";
import type { StoredFile } from "@orchestrator/pipeline";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { SubmittedFile } from "../submitted-files.ts";
import { relay } from "./relay.ts";

const CHUNK_BYTES = 1 << 20;

/** Stores the files of a request as blobs, and says what the run's first event says of them. */
export async function storeFiles(
  state: Client<typeof StateService>,
  { namespace, files }: { namespace: string; files: readonly SubmittedFile[] },
  signal: AbortSignal,
): Promise<StoredFile[]> {
  const stored: StoredFile[] = [];
  for (const { path, content } of files) {
    const hash = createHash("sha256").update(content).digest();
    const head = { namespace, hash, size: BigInt(content.length), mediaType: "" };
    await relay(state.putBlob(partsOf(head, content), { signal }));
    stored.push({ path, size: content.length, sha256: hash.toString("hex") });
  }
  return stored;
}

type Head = { namespace: string; hash: Uint8Array; size: bigint; mediaType: string };

async function* partsOf(head: Head, content: Uint8Array) {
  yield { part: { case: "head" as const, value: head } };
  for (let at = 0; at < content.length; at += CHUNK_BYTES) {
    yield { part: { case: "chunk" as const, value: content.subarray(at, at + CHUNK_BYTES) } };
  }
}
