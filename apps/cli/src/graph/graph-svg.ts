import type { GraphEdge, GraphNode, StepGraph } from "./step-graph.ts";

const BOX = { height: 44, gapX: 28, gapY: 60, margin: 24, characterWidth: 7.5, minWidth: 90 };

type Placed = GraphNode & { readonly x: number; readonly y: number; readonly width: number };

/** A graph as a drawing: a row for each level, each step below all that it waits for or is jumped to from. */
export function svgOf(graph: StepGraph): string {
  const boxes = placed(graph);
  const all = [...boxes.values()];
  const right = Math.max(0, ...all.map(({ x, width }) => x + width)) + BOX.margin;
  const bottom = Math.max(0, ...all.map(({ y }) => y + BOX.height)) + BOX.margin;
  const lines = graph.edges.flatMap((edge) => edgeOf(edge, boxes));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${right}" height="${bottom}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(graph.name)}</title>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    `<rect width="${right}" height="${bottom}" fill="white"/>`,
    ...lines,
    ...all.map(boxOf),
    "</svg>\n",
  ].join("\n");
}

function placed(graph: StepGraph): ReadonlyMap<string, Placed> {
  const boxes = new Map<string, Placed>();
  rowsOf(graph).forEach((row, level) => {
    let x = BOX.margin;
    for (const node of row) {
      const characters = Math.max(node.id.length, node.call.length);
      const width = Math.max(BOX.minWidth, Math.ceil(characters * BOX.characterWidth) + 20);
      boxes.set(node.id, { ...node, x, width, y: BOX.margin + level * (BOX.height + BOX.gapY) });
      x += width + BOX.gapX;
    }
  });
  return boxes;
}

/** Steps by longest path; in a row, those stand further left whose predecessors do. */
function rowsOf({ nodes, edges }: StepGraph): readonly (readonly GraphNode[])[] {
  const sources = new Map<string, string[]>();
  const waiting = new Map(nodes.map(({ id }) => [id, 0]));
  for (const { from, to } of edges) {
    sources.set(to, [...(sources.get(to) ?? []), from]);
    waiting.set(to, (waiting.get(to) ?? 0) + 1);
  }
  const rows: (readonly GraphNode[])[] = [];
  const positions = new Map<string, number>();
  let left = nodes;
  while (left.length > 0) {
    const ready = left.filter(({ id }) =>
      (sources.get(id) ?? []).every((source) => positions.has(source)),
    );
    if (ready.length === 0) break;
    const row = ready.toSorted((a, b) => middleOf(a) - middleOf(b));
    row.forEach(({ id }, index) => positions.set(id, index));
    left = left.filter((node) => !ready.includes(node));
    rows.push(row);
  }
  return rows;

  function middleOf({ id }: GraphNode): number {
    const before = sources.get(id) ?? [];
    const sum = before.reduce((total, source) => total + (positions.get(source) ?? 0), 0);
    return before.length === 0 ? 0 : sum / before.length;
  }
}

function boxOf({ id, call, conditional, x, y, width }: Placed): string {
  const centre = x + width / 2;
  const radius = conditional ? BOX.height / 2 : 4;
  return `<rect x="${x}" y="${y}" width="${width}" height="${BOX.height}" rx="${radius}" fill="#f3f6fa" stroke="#44546a"/><text x="${centre}" y="${y + 19}" text-anchor="middle" font-weight="bold">${escaped(id)}</text><text x="${centre}" y="${y + 35}" text-anchor="middle" fill="#555">${escaped(call)}</text>`;
}

function edgeOf({ from, to, label }: GraphEdge, boxes: ReadonlyMap<string, Placed>): string[] {
  const start = boxes.get(from);
  const end = boxes.get(to);
  if (start === undefined || end === undefined) {
    return [];
  }
  const [x1, y1] = [start.x + start.width / 2, start.y + BOX.height];
  const [x2, y2] = [end.x + end.width / 2, end.y];
  const bend = (y1 + y2) / 2;
  const dashes = label === "" ? "" : ' stroke-dasharray="5 4"';
  const path = `<path d="M${x1} ${y1}C${x1} ${bend} ${x2} ${bend} ${x2} ${y2}" fill="none" stroke="#44546a"${dashes} marker-end="url(#tip)"/>`;
  const text = `<text x="${(x1 + x2) / 2 + 4}" y="${bend}" fill="#555">${label}</text>`;
  return label === "" ? [path] : [path, text];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
