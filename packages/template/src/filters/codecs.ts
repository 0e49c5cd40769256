import type { Filters } from "../call-context.ts";
import { base64, fromBase64 } from "../codecs/base64.ts";
import { sha256 } from "../codecs/sha256.ts";
import { failed } from "../failure.ts";
import { textFilter } from "./text-filter.ts";

/** Filters that encode texts and take paths apart. */
export const CODEC_FILTERS: Filters = {
  sha256: textFilter([], sha256),
  b64encode: textFilter([], base64),
  b64decode: textFilter([], (text) => {
    const decoded = fromBase64(text);
    if (decoded === null) throw failed("b64decode: this is no base64 of a UTF-8 text");
    return decoded;
  }),
  basename: textFilter([], (path) => path.slice(path.lastIndexOf("/") + 1)),
  dirname: textFilter([], dirname),
};

/** POSIX: slashes at the end of the directory go, unless it is the root. */
function dirname(path: string): string {
  const head = path.slice(0, path.lastIndexOf("/") + 1);
  let end = head.length;
  while (head[end - 1] === "/") end -= 1;
  return end === 0 ? head : head.slice(0, end);
}
