import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import { readBlob } from "../blob.ts";
import type { Deps } from "../deps.ts";
import { blobNotFound } from "../errors.ts";

/** Reads bytes by their hash, a part at a time. */
export function getBlob({ blobs }: Deps): MethodImpl<typeof StateService.method.getBlob> {
  return async function* ({ namespace, hash }) {
    const blob = await readBlob(blobs, { namespace, hash });
    if (blob === undefined) {
      throw blobNotFound(hash);
    }
    for await (const chunk of blob.parts) {
      yield { chunk };
    }
  };
}
