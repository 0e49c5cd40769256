import type { Environment, Rendered } from "../evaluate/environment.ts";
import type { Frame } from "../evaluate/frame.ts";
import { outcome } from "../evaluate/render.ts";
import { runBody } from "../evaluate/statements.ts";
import { failed } from "../failure.ts";
import type { Node } from "../parse/nodes.ts";
import { collecting } from "../parse/template.ts";
import { verdictOf, verdictWord } from "../values/truth.ts";
import { type Condition, parseConditionExpression } from "./parse.ts";

/** What a condition comes to; a failure is never a silent false (L76, L77). */
export type Verdict =
  | { readonly kind: "verdict"; readonly verdict: boolean }
  | { readonly kind: "failed"; readonly message: string };

/** Evaluates a condition. */
export function evaluate(condition: Condition, environment: Environment): Verdict {
  if (condition.form === "constant") return { kind: "verdict", verdict: condition.verdict };
  const rendered = outcome(
    { source: condition.source, mode: "condition", environment },
    (frame) => {
      if (condition.form === "expression") return verdict(condition.node, frame);
      return textVerdict(runBody(condition.template.body, frame), environment);
    },
  );
  if (rendered.kind === "value") return { kind: "verdict", verdict: rendered.value === true };
  return { kind: "failed", message: reason(condition.source, rendered) };
}

/** L77: a condition that is missing as a whole is no verdict. */
function verdict(node: Node, frame: Frame): boolean {
  const value = frame.evaluate(node);
  return verdictOf(typeof value === "symbol" ? frame.use(value, node) : value);
}

/** The verdict of a text: a word, or an expression of literals (L75). */
function textVerdict(text: string, environment: Environment): boolean {
  const word = verdictWord(text);
  if (word !== null) return word;
  const parsed = collecting("condition_syntax", (problems) =>
    parseConditionExpression(text, { options: {}, problems }),
  );
  const rendered =
    parsed.kind === "refused"
      ? null
      : outcome(
          { source: text, mode: "condition", environment: { ...environment, scope: NO_NAMES } },
          (frame) => verdict(parsed.value, frame),
        );
  if (rendered?.kind !== "value")
    throw failed(`the text "${text.trim().slice(0, 200)}" is no verdict`);
  return rendered.value === true;
}

/** Nothing in the text that a condition renders is a name: it is content (L52). */
const NO_NAMES = { lookup: (): undefined => undefined };

function reason(source: string, rendered: Exclude<Rendered, { kind: "value" }>): string {
  const condition = `condition \`${source.trim()}\``;
  if (rendered.kind === "failed") return `${condition}: ${rendered.message}`;
  const missing = rendered.references.map(({ expression, nearest }) => {
    const at = source.indexOf(expression) + 1;
    const hint = nearest === undefined ? "" : ` (did you mean \`${nearest}\`?)`;
    return `\`${expression}\` at character ${at} is missing${hint}`;
  });
  return `${condition}: ${missing.join("; ")}`;
}
