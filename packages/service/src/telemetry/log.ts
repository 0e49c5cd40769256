/** Facts of an event; plain data, never whole requests, prompts or secrets. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Writes events, named in snake case, with their facts as fields.
 *
 * A service wraps it once, in its `events.ts`, so that each event has one name and one set of fields.
 */
export type Log = {
  debug(event: string, fields?: Fields): void;
  info(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  /** Somebody must look; `error` in the fields is written with its stack and causes. */
  error(event: string, fields?: Fields): void;
  /** A log that adds these fields to each event. */
  with(fields: Fields): Log;
};
