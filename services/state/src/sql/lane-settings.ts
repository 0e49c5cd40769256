/**
 * Settings of the connections that batches go over. Generic plans take an array for ten elements long; without these
 * they scan or hash whole tables, and lock runs in another order than the array's.
 */
export const LANE_SETTINGS: Readonly<Record<string, string>> = {
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  enable_seqscan: "off",
  jit: "off",
  plan_cache_mode: "force_generic_plan",
};
