import { charactersOf } from "./characters.ts";

/** A text without the given characters, or without blanks, at its ends. */
export function stripped(
  text: string,
  characters: string | null,
  ends: "start" | "end" | "both",
): string {
  if (characters === null) return strippedBlanks(text, ends);
  const unwanted = new Set(charactersOf(characters));
  const all = charactersOf(text);
  let start = 0;
  let end = all.length;
  if (ends !== "end") while (start < end && unwanted.has(all[start] ?? "")) start += 1;
  if (ends !== "start") while (end > start && unwanted.has(all[end - 1] ?? "")) end -= 1;
  return all.slice(start, end).join("");
}

function strippedBlanks(text: string, ends: "start" | "end" | "both"): string {
  if (ends === "start") return text.trimStart();
  return ends === "end" ? text.trimEnd() : text.trim();
}
