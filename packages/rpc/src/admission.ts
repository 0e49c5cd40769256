import { Code } from "@connectrpc/connect";

import type { CallRecord, Caller } from "./call.ts";
import { RpcError } from "./errors.ts";

/** Finds whose a key is, in constant time. */
export type KeyRing = {
  find(key: string): { readonly namespace: string; readonly keyId: string } | undefined;
};

/** Who may call a server. */
export type Admission =
  /** It can be reached from this machine only. */
  | { readonly kind: "anyone" }
  /** The services of the mesh, which share a secret. */
  | { readonly kind: "mesh"; readonly secret: string }
  /** Holders of an API key. */
  | { readonly kind: "keys"; readonly keys: KeyRing };

/** Name the caller, or refuse it. What comes from within this process is of the mesh already. */
export function callerOf(
  call: Pick<CallRecord, "metadata" | "peer">,
  admission: Admission,
): Caller | RpcError {
  if (call.peer?.kind === "process") {
    return { kind: "mesh", service: call.peer.service };
  }
  switch (admission.kind) {
    case "anyone":
      return { kind: "anonymous" };
    case "mesh":
      return isSecret(call.metadata.get("x-mesh-secret") ?? "", admission.secret)
        ? { kind: "mesh", service: call.metadata.get("x-mesh-service") ?? "unnamed" }
        : meshSecretInvalid();
    case "keys": {
      const key = apiKeyOf(call.metadata);
      const found = key === "" ? undefined : admission.keys.find(key);
      return found === undefined ? apiKeyInvalid() : { kind: "key", ...found };
    }
  }
}

/** The key that a caller sends, as `x-api-key` or as a bearer token; "" for none. */
export function apiKeyOf(headers: Pick<Headers, "get">): string {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "");
  return headers.get("x-api-key") ?? bearer?.[1] ?? "";
}

/** UNAUTHENTICATED: the same for a missing key and for a wrong one. */
export function apiKeyInvalid(): RpcError {
  return new RpcError(Code.Unauthenticated, {
    reason: "API_KEY_INVALID",
    message: "Invalid API key",
  });
}

function meshSecretInvalid(): RpcError {
  return new RpcError(Code.Unauthenticated, {
    reason: "MESH_SECRET_INVALID",
    message: "send the secret of the mesh as x-mesh-secret",
  });
}

/** Compares in constant time; what is empty is no secret, whatever a server was told. */
function isSecret(given: string, wanted: string): boolean {
  let difference = given.length ^ wanted.length;
  for (let i = 0; i < wanted.length; i++) {
    difference |= given.charCodeAt(i) ^ wanted.charCodeAt(i); // NaN ^ x is x
  }
  return difference === 0 && wanted !== "";
}
