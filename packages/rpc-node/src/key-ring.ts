import { hash as digest, timingSafeEqual } from "node:crypto";

import type { KeyRing } from "@orchestrator/rpc";

/** An API key, and whose it is. */
export type KeyEntry = { readonly key: string; readonly keyId: string; readonly namespace: string };

/**
 * A ring of a few keys that knows only their digests, salted with a secret.
 *
 * Every entry is compared, each in constant time, so that neither the time nor the memory of this process tells a key.
 */
export function createKeyRing(entries: readonly KeyEntry[], pepper: string): KeyRing {
  const salt = digest("sha256", pepper);
  const hash = (key: string): Buffer => digest("sha256", salt + key, "buffer");
  // What is empty is no key: who sends none is nobody.
  const keys = entries.filter(({ key }) => key !== "");
  const ring = keys.map(({ key, keyId, namespace }) => ({ hash: hash(key), keyId, namespace }));
  return {
    find(key) {
      const given = hash(key);
      const matches = ring.map((entry) => timingSafeEqual(entry.hash, given));
      const found = ring[matches.indexOf(true)];
      return found === undefined ? undefined : { namespace: found.namespace, keyId: found.keyId };
    },
  };
}
