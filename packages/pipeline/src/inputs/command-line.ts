import { type Json, parseJsonText } from "@orchestrator/template";

import type { JsonObject } from "../events.ts";
import type { InputDeclaration } from "../plan.ts";

/** Inputs as a command line gives them, or the word that is none. */
export type CommandLineInputs =
  | { readonly kind: "read"; readonly inputs: JsonObject }
  | { readonly kind: "refused"; readonly message: string };

/** Read `-i k=v` words (L23): JSON when it parses, else text; what an input is declared as decides in between. */
export function readInputWords(
  words: readonly string[],
  declarations: readonly InputDeclaration[],
): CommandLineInputs {
  const inputs: [string, Json][] = [];
  for (const word of words) {
    const at = word.indexOf("=");
    if (at < 1) {
      return { kind: "refused", message: `an input is name=value, not ${word}` };
    }
    const name = word.slice(0, at);
    const declared = declarations.find((each) => each.name === name);
    inputs.push([name, valueFrom(word.slice(at + 1), declared)]);
  }
  return { kind: "read", inputs: Object.fromEntries(inputs) };
}

function valueFrom(text: string, declared: InputDeclaration | undefined): Json {
  const json = parseJsonText(text);
  const kind = declared?.type.kind;
  if (kind === "string" || kind === "file") {
    return typeof json === "string" ? json : text;
  }
  if (kind === "array" && json === undefined) {
    return text.split(",").map((item) => item.trim());
  }
  return json ?? text;
}
