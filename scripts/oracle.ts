// Renders hand-written and generated templates here and with Python's Jinja2, and explains every difference by a rule, or fails.
import { parseArgs } from "node:util";

import { askJinja, installJinja } from "../test/oracle/ask-jinja.ts";
import { openDraw } from "../test/oracle/draw.ts";
import { EXPLANATIONS } from "../test/oracle/explanations.ts";
import { generateTemplate } from "../test/oracle/generate.ts";
import { DATA, HAND_WRITTEN } from "../test/oracle/hand-written.ts";
import { renderHere } from "../test/oracle/render-here.ts";

const { values } = parseArgs({
  options: {
    /** How many templates are generated. */
    cases: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    /** Unexplained differences that are shown. */
    show: { type: "string", default: "20" },
  },
});

installJinja();
const draw = openDraw(Number(values.seed));
const generated = Array.from({ length: Number(values.cases) }, () => generateTemplate(draw));
const cases = [...HAND_WRITTEN, ...generated].map((template) => ({
  template,
  data: DATA,
  here: renderHere({ template, data: DATA }),
}));
const { version, adaptations, answers } = askJinja(cases);

const explained = new Map<string, number>();
let equal = 0;
let unexplained = 0;
for (const [index, { template, here }] of cases.entries()) {
  const answer = answers[index];
  if (answer === undefined) throw new Error(`Jinja said nothing about ${template}`);
  const { outcome: jinja, level } = answer;
  if (level === 0) {
    equal += 1;
    continue;
  }
  const reason =
    adaptations[level - 1] ??
    EXPLANATIONS.find(({ explains }) => explains({ template, jinja, here }));
  if (reason === undefined) {
    unexplained += 1;
    if (unexplained <= Number(values.show)) {
      console.log(`DIFFERS ${JSON.stringify(template)}`);
      console.log(`  jinja ${JSON.stringify(jinja)}\n  here  ${JSON.stringify(here)}`);
    }
    continue;
  }
  const name = `${reason.rule} ${reason.why}`;
  explained.set(name, (explained.get(name) ?? 0) + 1);
}
for (const [name, count] of [...explained].toSorted(([, a], [, b]) => b - a)) {
  console.log(`${String(count).padStart(5)} ${name}`);
}
const total = [...explained.values()].reduce((sum, count) => sum + count, 0);
console.log(
  JSON.stringify({
    jinja: version,
    cases: cases.length,
    handWritten: HAND_WRITTEN.length,
    rendered: cases.filter(({ here }) => here.kind === "text").length,
    equal,
    explained: total,
    unexplained,
  }),
);
process.exitCode = unexplained > 0 ? 1 : 0;
