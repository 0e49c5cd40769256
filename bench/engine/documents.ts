/** Ten steps that do nothing, each started only after the result of the one before was committed. */
export function chain(length: number): string {
  const steps = Array.from({ length }, (_, i) =>
    i === 0
      ? `  - {id: s1, action: control_flow}`
      : `  - {id: s${i + 1}, action: control_flow, dependencies: [s${i}]}`,
  );
  return `id: chain${length}\nname: Chain of ${length}\nsteps:\n${steps.join("\n")}\n`;
}

/** Steps that do nothing side by side, and one that waits for all of them. */
export function fanOut(width: number): string {
  const steps = Array.from(
    { length: width },
    (_, i) => `  - {id: s${i + 1}, action: control_flow}`,
  );
  const all = Array.from({ length: width }, (_, i) => `s${i + 1}`).join(", ");
  const join = `  - {id: join, action: control_flow, dependencies: [${all}]}`;
  return `id: fan${width}\nname: Fan out to ${width}\nmax_parallel: 256\nsteps:\n${steps.join("\n")}\n${join}\n`;
}
