/** A tag that stands for a file's text (L166), with its place in the text that it was found in. */
export type IncludeTag = { readonly path: string; readonly start: number; readonly end: number };

/** What may begin a tag, or hides what looks like one: a template comment, a raw block. */
const OPENINGS = /\{#|\{%[-+]?\s*raw\s*[-+]?%\}|\{\{\s*file:([^{}\n]*)\}\}|<<\s*([^\s<>]+)\s*>>/g;
const RAW_END = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;

/** Finds the tags of a text in order, in time linear in its length: `{{ file:path }}`, and `<< path >>` where it looks like a path. */
export function includeTags(text: string): readonly IncludeTag[] {
  const tags: IncludeTag[] = [];
  const openings = new RegExp(OPENINGS);
  for (let match = openings.exec(text); match !== null; match = openings.exec(text)) {
    const [all, file, angle] = match;
    const end = match.index + all.length;
    if (file !== undefined) {
      tags.push({ path: file.trim(), start: match.index, end });
    } else if (angle !== undefined) {
      if (/[./]/.test(angle)) {
        tags.push({ path: angle, start: match.index, end });
      }
    } else {
      openings.lastIndex = hiddenEnd(text, { opening: all, from: end });
    }
  }
  return tags;
}

/** Where a comment or a raw block ends; an open one hides the rest. */
function hiddenEnd(
  text: string,
  { opening, from }: { readonly opening: string; readonly from: number },
): number {
  if (opening === "{#") {
    const end = text.indexOf("#}", from);
    return end === -1 ? text.length : end + 2;
  }
  const ending = new RegExp(RAW_END);
  ending.lastIndex = from;
  return ending.exec(text) === null ? text.length : ending.lastIndex;
}
