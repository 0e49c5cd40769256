import { TemplateFailure } from "../failure.ts";
import type { Node } from "../parse/nodes.ts";
import type { Template } from "../parse/template.ts";
import { ABSENT, type Value } from "../values/value.ts";
import type { Environment, Rendered } from "./environment.ts";
import { INTERPRETER } from "./evaluators.ts";
import { Frame, type Mode } from "./frame.ts";
import { runBody } from "./statements.ts";

/** Renders a template: a value with its type when it is exactly one `{{ expr }}`, else text (L52–L55). */
export function render(template: Template, environment: Environment): Rendered {
  if (template.literal) return { kind: "value", value: template.source };
  const { source, native, body } = template;
  return outcome({ source, mode: "template", environment }, (frame) => {
    if (native === null) return runBody(body, frame);
    const value = frame.used(native);
    frame.release(value);
    if (isMade(native)) frame.budget.made(value);
    return value === ABSENT ? null : value;
  });
}

/** Whether a value is put together by the template rather than read as it is. */
export function isMade(node: Node): boolean {
  return node.kind !== "name" && node.kind !== "field" && node.kind !== "item";
}

/** Runs an evaluation and says how it ended. */
export function outcome(
  { source, mode, environment }: { source: string; mode: Mode; environment: Environment },
  run: (frame: Frame) => Value,
): Rendered {
  const frame = new Frame(environment, { source, mode, interpreter: INTERPRETER });
  try {
    const value = run(frame);
    if (typeof value === "string") frame.budget.rendered(value);
    const references = frame.unresolved;
    return references.length === 0 ? { kind: "value", value } : { kind: "unresolved", references };
  } catch (error) {
    if (!(error instanceof TemplateFailure)) throw error;
    return failure(error, frame);
  }
}

/** What follows from a missing reference is no failure of its own; a passed bound or a breach is. */
function failure({ code, message }: TemplateFailure, frame: Frame): Rendered {
  const references = frame.unresolved;
  if (code === "TEMPLATE_ERROR" && references.length > 0) return { kind: "unresolved", references };
  const place =
    frame.at === null ? "" : ` in \`${frame.textAt(frame.at)}\` at character ${frame.at.start + 1}`;
  return { kind: "failed", code, message: `${message}${place}` };
}
