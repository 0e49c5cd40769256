import type { JsonObject } from "@orchestrator/pipeline";

import { textParameter } from "../parameters.ts";
import { type ToolOutcome, done } from "../tool.ts";

/** Counts words, characters, lines and sentences of a text (L185). */
export function countWords(parameters: JsonObject): Promise<ToolOutcome> {
  const text = textParameter(parameters, "text");
  const words = text.split(/\s+/u).filter((word) => word !== "").length;
  return Promise.resolve(
    done({
      count: words,
      words,
      characters: Array.from(text).length,
      lines: lineCount(text),
      sentences: sentenceCount(text),
    }),
  );
}

/** A final newline ends the last line and begins none. */
function lineCount(text: string): number {
  return text === "" ? 0 : text.replace(/\r?\n$/, "").split("\n").length;
}

/** What ends in `.` `!` `?` or `…` before a space, and what stands after the last of these; each with a letter or digit. */
function sentenceCount(text: string): number {
  return text
    .split(/[.!?…]+["')\]]*(?=\s|$)|[。！？]/u)
    .filter((part) => /[\p{L}\p{N}]/u.test(part)).length;
}
