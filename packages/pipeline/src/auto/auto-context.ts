import { isUndefined, type Json, jsonOf } from "@orchestrator/template";

import type { Instance } from "../engine/frame.ts";
import type { JsonObject } from "../events.ts";
import { resultOfInstance } from "../render/instance-view.ts";
import type { ResultReader } from "../render/step-view.ts";

/** Bytes of results that a model is shown with a question (L218). */
const CONTEXT_BYTES = 32 * 1024;
/** Left for the marks of what is dropped. */
const MARK_BYTES = 512;

/** Results as a model is shown them: those that settled first are dropped first, and are named (L128, L218). */
export function autoContext(instances: readonly Instance[], read: ResultReader): JsonObject {
  const bySettlement = instances.toSorted((a, b) => (b.record.seq ?? 0) - (a.record.seq ?? 0));
  const kept: [string, Json][] = [];
  const dropped: string[] = [];
  let left = CONTEXT_BYTES - MARK_BYTES;
  for (const instance of bySettlement) {
    const { id, sensitive } = instance.place.step;
    const value = resultOfInstance(instance, read);
    if (isUndefined(value) || sensitive === true) {
      continue;
    }
    const result = jsonOf(value);
    const bytes = Buffer.byteLength(JSON.stringify(result)) + id.length + 4;
    if (bytes <= left) {
      kept.push([id, result]);
      left -= bytes;
    } else if (kept.length === 0) {
      kept.push([id, `${JSON.stringify(result).slice(0, left / 4)}… (cut)`]);
      left = 0;
    } else {
      dropped.push(id);
    }
  }
  const entries = kept.toReversed();
  return Object.fromEntries(
    dropped.length === 0 ? entries : [...entries, ["(dropped, too large)", dropped.slice(0, 20)]],
  );
}
