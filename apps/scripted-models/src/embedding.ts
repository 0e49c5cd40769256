import { createHash } from "node:crypto";

import { isRecord } from "./chat-request.ts";

const DIMENSIONS = 8;

/** Answers `POST /embeddings`: a vector of length 1 for each input, the same for the same text. */
export function embeddingOf(body: unknown): unknown {
  const input = isRecord(body) ? body["input"] : undefined;
  const texts: readonly unknown[] = Array.isArray(input) ? input : [input ?? ""];
  const tokens = texts.reduce<number>((sum, text) => sum + Math.ceil(String(text).length / 4), 0);
  return {
    object: "list",
    model: isRecord(body) ? body["model"] : "",
    data: texts.map((text, index) => ({
      object: "embedding",
      index,
      embedding: vectorOf(String(text)),
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function vectorOf(text: string): number[] {
  const digest = createHash("sha256").update(text).digest();
  const raw = Array.from({ length: DIMENSIONS }, (_, at) => digest.readInt16BE(2 * at) + 0.5);
  const length = Math.hypot(...raw);
  return raw.map((value) => value / length);
}
