/** Names in a circle, each followed by one that it refers to; `undefined` when there is none. */
export function cycleIn(
  edges: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const done = new Set<string>();
  for (const start of edges.keys()) {
    const path: { readonly name: string; next: number }[] = done.has(start)
      ? []
      : [{ name: start, next: 0 }];
    const onPath = new Set(path.map(({ name }) => name));
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const target = edges.get(top.name)?.[top.next];
      top.next += 1;
      if (target === undefined) {
        done.add(top.name);
        onPath.delete(top.name);
        path.pop();
      } else if (onPath.has(target)) {
        const names = path.map(({ name }) => name);
        return names.slice(names.indexOf(target));
      } else if (!done.has(target) && edges.has(target)) {
        path.push({ name: target, next: 0 });
        onPath.add(target);
      }
    }
  }
  return undefined;
}
