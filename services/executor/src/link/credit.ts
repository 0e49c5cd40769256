/** A link with the runs that may still be assigned over it. */
export type CreditHolder = { readonly granted: number };

/**
 * Spread what is free of the capacity over links, the poorest first: how much each is granted on top.
 *
 * What is granted and not used counts as taken, so that several replicas together never assign more than fits. No link
 * gets more than the share of one replica, also while the others are not linked yet: credit cannot be taken back, and
 * a replica without any would give this executor nothing.
 */
export function creditFor<L extends CreditHolder>(
  links: readonly L[],
  { capacity, held, replicas }: { capacity: number; held: number; replicas: number },
): ReadonlyMap<L, number> {
  const granted = links.reduce((sum, link) => sum + link.granted, 0);
  const free = capacity - held - granted;
  const extra = new Map<L, number>();
  if (free <= 0 || links.length === 0) {
    return extra;
  }
  const level = Math.ceil(capacity / Math.max(replicas, links.length));
  let left = free;
  for (const link of links.toSorted((a, b) => a.granted - b.granted)) {
    const share = Math.min(left, level - link.granted);
    if (share > 0) {
      extra.set(link, share);
      left -= share;
    }
  }
  return extra;
}
