import { readTag } from "../source/auto-tag.ts";
import type { AutoSpan } from "../source/node.ts";

const AUTO = /<AUTO(?=[\s>/])/g;

/** The tags that stand in the body of a tag; those inside of them are in theirs. */
export function nestedAutos({ body, start }: AutoSpan): readonly AutoSpan[] {
  const found: AutoSpan[] = [];
  const openings = new RegExp(AUTO);
  for (let match = openings.exec(body); match !== null; match = openings.exec(body)) {
    const region = { offset: match.index, end: body.length, style: "block" } as const;
    const tag = readTag(body, { kind: "auto", ...region, resumeAt: () => undefined });
    if (tag.kind === "tag") {
      found.push({ ...tag.auto, start });
      openings.lastIndex = tag.end;
    }
  }
  return found;
}
