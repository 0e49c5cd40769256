import type { Json } from "@orchestrator/template";

import type { Instance } from "../engine/frame.ts";
import type { JsonObject } from "../events.ts";
import { type ResultReader, resultOf } from "../render/step-view.ts";

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
  for (const { place, record } of bySettlement) {
    const { id } = place.step;
    const result = resultOf(record, read);
    if (typeof result === "symbol" || place.step.sensitive === true) {
      continue;
    }
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
