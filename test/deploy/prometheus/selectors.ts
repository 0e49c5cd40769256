/** Metrics that a healthy mesh of ours has, recorded ones and Prometheus's own. */
const METRIC = /^(orchestrator[_:]|process_|nodejs_|up$)/;
const SELECTOR = /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([^}]*)\})?/g;
const MATCHER = /([a-z_]+)(=~|!~|!=|=)"([^"]*)"/g;
/** A healthy mesh has none of the values that these may be asked for, but the label. */
const ANY_VALUE = new Set(["code", "status", "outcome", "kind", "provider"]);

/** What a query selects: of each selector one that must find something in a mesh that is well, if its names are right. */
export function selectorsIn(expr: string): string[] {
  const found = [...expr.matchAll(SELECTOR)].flatMap(([, name = "", matchers = ""]) => {
    if (!METRIC.test(name)) {
      return [];
    }
    // What a label must not be is also true of one that does not exist.
    const relaxed = [...matchers.matchAll(MATCHER)].flatMap(([, label = "", operator, value]) =>
      ANY_VALUE.has(label) ? [`${label}!=""`] : [`${label}!=""`, `${label}${operator}"${value}"`],
    );
    return [`${name}{${relaxed.join(",")}}`];
  });
  if (found.length === 0) {
    throw new Error(`no metric of ours is asked for in: ${expr}`);
  }
  return [...new Set(found)];
}
