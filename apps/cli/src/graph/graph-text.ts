import type { StepGraph } from "./step-graph.ts";

/** A graph as Mermaid reads it. Ids are numbers, since not every id is one there. */
export function mermaidOf({ nodes, edges }: StepGraph): string {
  const ids = new Map(nodes.map(({ id }, index) => [id, `s${index}`]));
  const lines = [
    ...nodes.map(({ id, call, conditional }) => {
      const text = `"${id}<br/>${call}"`;
      return `  ${ids.get(id)}${conditional ? `{{${text}}}` : `[${text}]`}`;
    }),
    ...edges.map(({ from, to, label }) => {
      const arrow = label === "" ? "-->" : `-. "${label}" .->`;
      return `  ${ids.get(from)} ${arrow} ${ids.get(to)}`;
    }),
  ];
  return `flowchart TD\n${lines.join("\n")}\n`;
}

/** A graph as Graphviz reads it. */
export function dotOf({ name, nodes, edges }: StepGraph): string {
  const lines = [
    "  node [shape=box];",
    ...nodes.map(({ id, call, conditional }) => {
      const label = `${quoted(id).slice(0, -1)}\\n${call}"`;
      return `  ${quoted(id)} [label=${label}${conditional ? ", shape=hexagon" : ""}];`;
    }),
    ...edges.map(({ from, to, label }) => {
      const style = label === "" ? "" : ` [label=${quoted(label)}, style=dashed]`;
      return `  ${quoted(from)} -> ${quoted(to)}${style};`;
    }),
  ];
  return `digraph ${quoted(name)} {\n${lines.join("\n")}\n}\n`;
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, (character) => `\\${character}`).replaceAll("\n", " ")}"`;
}
