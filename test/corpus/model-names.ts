import { parseDocument } from "yaml";

const KEYS = new Set(["model", "models", "fallback_models", "judge_model"]);

/** The names of models that a document mentions, whatever step mentions them. */
export function modelNamesIn(source: string): string[] {
  const names = new Set<string>();
  const document = parseDocument(source, { logLevel: "silent" });
  if (document.errors.length === 0) {
    collect(document.toJS(), names);
  } else {
    // Tags may hold what no YAML parser reads: names stand on lines of their own then.
    for (const [, name] of source.matchAll(NAMED)) {
      addName(name, names);
    }
  }
  return [...names];
}

const NAMED = /^\s*model:\s*["']?([\w./:-]+)["']?\s*$/gm;

function collect(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) {
    value.forEach((item) => collect(item, names));
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (KEYS.has(key)) {
        [item].flat().forEach((name) => addName(name, names));
      }
      collect(item, names);
    }
  }
}

/** Templates and AUTO name nothing; a preference in words is no name either. */
function addName(name: unknown, names: Set<string>): void {
  if (typeof name === "string" && /^[\w./:-]+$/.test(name)) {
    names.add(name);
  } else if (typeof name === "object" && name !== null && !Array.isArray(name)) {
    for (const value of Object.values(name)) {
      addName(value, names);
    }
  }
}
