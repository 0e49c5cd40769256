import type { MethodImpl } from "@connectrpc/connect";
import type { BlobHead, PutBlobRequest, StateService } from "@orchestrator/proto/state/v1/state_pb";

import { putBlob as storeBlob } from "../blob.ts";
import type { Deps } from "../deps.ts";
import { invalidRequest, tooLarge } from "../errors.ts";

/** Stores bytes under their hash. */
export function putBlob({
  blobs,
  maxBlobBytes,
}: Deps): MethodImpl<typeof StateService.method.putBlob> {
  return async (requests) => {
    const parts = requests[Symbol.asyncIterator]();
    const { namespace, hash, size, mediaType } = await headOf(parts);
    if (hash.length !== 32) {
      throw invalidRequest({ field: "head.hash", description: "must be 32 bytes" });
    }
    if (size > BigInt(maxBlobBytes)) {
      throw tooLarge("the blob", maxBlobBytes);
    }
    const chunks = chunksOf(parts);
    const blob = { key: { namespace, hash }, size: Number(size), mediaType };
    const put = await storeBlob(blobs, blob, chunks);
    if (put.kind === "mismatch") {
      throw invalidRequest({ field: "chunk", description: put.message });
    }
    // What is there already is not stored again, but its sender must be let finish.
    for await (const _ of chunks);
    return { existed: put.kind === "existed" };
  };
}

async function headOf(parts: AsyncIterator<PutBlobRequest>): Promise<BlobHead> {
  const first = await parts.next();
  if (first.done === true || first.value.part.case !== "head") {
    throw invalidRequest({ field: "head", description: "must come first" });
  }
  return first.value.part.value;
}

async function* chunksOf(parts: AsyncIterator<PutBlobRequest>): AsyncGenerator<Uint8Array> {
  for (;;) {
    const next = await parts.next();
    if (next.done === true) return;
    if (next.value.part.case !== "chunk") {
      throw invalidRequest({ field: "part", description: "must be a chunk after the head" });
    }
    yield next.value.part.value;
  }
}
