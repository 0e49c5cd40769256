import { find } from "../desugar/context.ts";
import type { IncludedPart } from "../include/inclusion.ts";
import { includeTags } from "../include/tags.ts";
import { readTag } from "../source/auto-tag.ts";
import type { AutoSpan, ScalarNode } from "../source/node.ts";
import type { Checker, Spot } from "./checker.ts";

/** Whether a scalar names files whose text belongs in its place (L166). */
export function includes(node: ScalarNode): boolean {
  const { value } = node;
  const mayInclude = typeof value === "string" && (value.includes("<<") || value.includes("file:"));
  return mayInclude && includeTags(value).length > 0;
}

/** A scalar with its included files in it (L166); `undefined` when findings at its tags say why not. */
export function withIncluded(
  checker: Checker,
  node: ScalarNode,
  spot: Spot,
): ScalarNode | undefined {
  if (typeof node.value !== "string" || !includes(node)) {
    return node;
  }
  const { context } = checker;
  const whole = context.inclusions.expand(node.value);
  for (const { at, problem } of whole.problems) {
    const offset = context.source.offsetIn(node, at);
    find(context, problem.code, {
      where: { step: spot.step, path: spot.path, offset },
      message: problem.message,
    });
  }
  if (whole.problems.length > 0) {
    return undefined;
  }
  const text = (part: string): string => context.inclusions.expand(part).text;
  const own = node.autos.map((auto) => ({ ...auto, raw: text(auto.raw), body: text(auto.body) }));
  const indexOf = (index: number): number => writtenIndex(whole.parts, index);
  const autos = allAutos(checker, { text: whole.text, own }, { node, spot, indexOf });
  return autos && { ...node, value: whole.text, autos, written: { scalar: node, indexOf } };
}

/** Where a character of the expanded text was written: one of a file at the file's tag. */
function writtenIndex(parts: readonly IncludedPart[], index: number): number {
  let [low, high] = [0, parts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    [low, high] = (parts[middle]?.from ?? 0) <= index ? [middle, high] : [low, middle - 1];
  }
  const part = parts[low];
  if (part === undefined) {
    return 0;
  }
  return part.included ? part.at : part.at + (index - part.from);
}

const AUTO = /<AUTO(?=[\s>/])/g;

/** The tags that were written and those that came with a file, in the order of the text. */
function allAutos(
  checker: Checker,
  { text, own }: { text: string; own: readonly AutoSpan[] },
  { node, spot, indexOf }: { node: ScalarNode; spot: Spot; indexOf: (index: number) => number },
): readonly AutoSpan[] | undefined {
  const { context } = checker;
  const autos: AutoSpan[] = [];
  const openings = new RegExp(AUTO);
  let next = 0;
  for (let match = openings.exec(text); match !== null; match = openings.exec(text)) {
    const written = own[next];
    if (written !== undefined && text.startsWith(written.raw, match.index)) {
      autos.push(written);
      next += 1;
      openings.lastIndex = match.index + written.raw.length;
      continue;
    }
    const offset = context.source.offsetIn(node, indexOf(match.index));
    const region = { offset: match.index, end: text.length, style: "block" } as const;
    const tag = readTag(text, { kind: "auto", ...region, resumeAt: () => undefined });
    if (tag.kind === "unclosed") {
      const where = { step: spot.step, path: spot.path, offset };
      const message = "an <AUTO> tag of an included file has no closing </AUTO> of its own in it";
      find(context, "auto_unclosed", { where, message, suggestions: ["</AUTO>"] });
      return undefined;
    }
    autos.push({ ...tag.auto, start: offset });
    openings.lastIndex = tag.end;
  }
  return autos;
}
