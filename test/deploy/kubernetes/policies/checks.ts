/** What has to hold of something, and what is said of it where it does not. */
export type Check = readonly [holds: boolean, otherwise: string];

/** A sentence for each check that fails. */
export function failed(title: string, checks: readonly Check[]): readonly string[] {
  return checks.flatMap(([holds, otherwise]) => (holds ? [] : [`${title} ${otherwise}`]));
}
