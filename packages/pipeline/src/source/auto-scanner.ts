import { readTag, type Tag } from "./auto-tag.ts";
import { lineScan, type Region } from "./line-scan.ts";
import type { AutoSpan } from "./node.ts";

/** A text without its AUTO tags, and what was found on the way. */
export type Lifted = {
  /** As long as the original, line by line; a placeholder stands for each tag. */
  readonly text: string;
  /** Puts the tags back into a scalar's value. */
  readonly restore: (value: string) => {
    readonly value: string;
    readonly autos: readonly AutoSpan[];
  };
  readonly problems: readonly ScanProblem[];
};

/** What the scanner refuses, with its offset. */
export type ScanProblem = {
  readonly kind: "auto_unclosed" | "unquoted_template" | "depth";
  readonly offset: number;
};

/** Lift the `<AUTO …>…</AUTO>` spans out of a text (L13), and find plain scalars that begin like a template (L14). */
export function liftAutos(text: string): Lifted {
  const marks = markersFor(text);
  const autos: AutoSpan[] = [];
  const problems: ScanProblem[] = [];
  const pieces: string[] = [];
  let copied = 0;
  for (const found of lineScan(text)) {
    if (found.kind === "template") {
      problems.push({ kind: "unquoted_template", offset: found.offset });
      continue;
    }
    if (found.kind === "depth") {
      problems.push({ kind: "depth", offset: found.offset });
      continue;
    }
    const tag = readTag(text, found);
    if (tag.kind === "unclosed") {
      problems.push({ kind: "auto_unclosed", offset: found.offset });
      continue;
    }
    pieces.push(
      text.slice(copied, found.offset),
      placeholder(text, { tag, found, marks, number: autos.length }),
    );
    copied = tag.end;
    found.resumeAt(tag.end);
    autos.push({ ...tag.auto, start: found.offset });
  }
  pieces.push(text.slice(copied));
  return { text: pieces.join(""), restore: restorer(marks, autos), problems };
}

type Markers = { readonly open: string; readonly close: string; readonly fill: string };

/** Three private-use characters that the text does not contain. */
function markersFor(text: string): Markers {
  const free: string[] = [];
  for (let code = 0xe000; free.length < 3 && code < 0xf8ff; code += 1) {
    const character = String.fromCharCode(code);
    if (!text.includes(character)) {
      free.push(character);
    }
  }
  const [open = "\u{e000}", close = "\u{e001}", fill = "\u{e002}"] = free;
  return { open, close, fill };
}

/** Same lines, same indentation, same length: places after it stay true. */
function placeholder(
  text: string,
  {
    tag,
    found,
    marks,
    number,
  }: { tag: Tag & { kind: "tag" }; found: Region; marks: Markers; number: number },
): string {
  const mark = marks.open + number.toString(36) + marks.close;
  const [first = "", ...others] = text.slice(found.offset, tag.end).split("\n");
  const filled = others.map((line) => {
    const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
    return indent + marks.fill.repeat(line.length - indent.length);
  });
  return [mark.padEnd(first.length, marks.fill), ...filled].join("\n");
}

function restorer(marks: Markers, autos: readonly AutoSpan[]): Lifted["restore"] {
  if (autos.length === 0) {
    return (value) => ({ value, autos });
  }
  const { open, close, fill } = marks;
  const pattern = new RegExp(`${open}([0-9a-z]+)${close}(?:[${fill}\\s]*${fill})?`, "g");
  return (value) => {
    const inside: AutoSpan[] = [];
    const restored = value.replace(pattern, (_all, digits: string) => {
      const auto = autos[Number.parseInt(digits, 36)];
      if (auto === undefined) {
        return "";
      }
      inside.push(auto);
      return auto.raw;
    });
    return { value: restored, autos: inside };
  };
}
