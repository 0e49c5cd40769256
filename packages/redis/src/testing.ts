// What tests need: a server of their own.
export { findRedis, type PrivateRedis, startPrivateRedis } from "./testing/private-redis.ts";
