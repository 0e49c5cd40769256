import { Code } from "@connectrpc/connect";

/** The name of a status in metrics and spans: `OK`, `NOT_FOUND`. */
export function codeName(code: Code | undefined): string {
  return code === undefined ? "OK" : (NAMES.get(code) ?? "UNKNOWN");
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Code).flatMap(([name, code]) =>
    typeof code === "number"
      ? [[code, name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase()] as const]
      : [],
  ),
);
