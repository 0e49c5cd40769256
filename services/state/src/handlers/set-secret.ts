import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { requestIdReused, secretKeyMissing, tooManySecrets } from "../errors.ts";
import { wireFromSecret } from "../wire.ts";

/** Stores a secret, encrypted; refused where there is no key to do that with. */
export function setSecret({
  secrets,
  secretBox,
}: Deps): MethodImpl<typeof StateService.method.setSecret> {
  return async ({ namespace, name, value, requestId }) => {
    if (secretBox === undefined) {
      throw secretKeyMissing();
    }
    const place = { namespace, name };
    const setting = await secrets.set({
      ...place,
      ...secretBox.seal(value, place),
      requestId,
      digest: secretBox.digest(value, place),
    });
    switch (setting.kind) {
      case "stored":
        return setting.secret === undefined
          ? {}
          : { secret: wireFromSecret(setting.secret, secretBox) };
      case "request_id_reused":
        throw requestIdReused(requestId);
      case "full":
        throw tooManySecrets();
    }
  };
}
