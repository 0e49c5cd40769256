import type { AutoSource } from "../events.ts";

/** Reads the stored word for where the value of an AUTO comes from. */
export function autoSourceOf(word: string | undefined): AutoSource {
  return SOURCES.find((source) => source === word) ?? "model";
}

const SOURCES: readonly AutoSource[] = ["model", "response", "default", "registry"];
