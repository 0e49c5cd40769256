export { openWakeups, type Wakeups, type WakeupsOptions } from "./wakeups.ts";
