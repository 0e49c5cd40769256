import { readFileSync } from "node:fs";

/** The text of one of the documents that these tests run. */
export function documentNamed(name: string): string {
  return readFileSync(pathOf(name), "utf8");
}

/** Where it lies. */
export function pathOf(name: string): string {
  return new URL(`documents/${name}.yaml`, import.meta.url).pathname;
}
