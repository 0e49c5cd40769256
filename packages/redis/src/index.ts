export { openRateLimit, type RateLimit, type RateLimitOptions } from "./rate-limit.ts";
export { openWakeups, type Wakeups, type WakeupsOptions } from "./wakeups.ts";
