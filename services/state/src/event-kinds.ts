// Payloads are opaque here. These are the numbers of the event union that the state service must know nevertheless.

/** The first event of every run, written with its row. */
export const RUN_CREATED_KIND = 1;

/** The events by which a step begins to wait and ends it, written with the table of waits. */
export const WAIT_STARTED_KIND = 15;
export const WAIT_ANSWERED_KIND = 16;

/**
 * Events that a run takes down without coming further: that it was taken up or over, that an attempt starts, that an attempt
 * was lost, that a model had a tool called. A run whose executors die writes them each time, so they are no progress.
 */
export const KINDS_WITHOUT_PROGRESS: readonly number[] = [2, 3, 12, 13, 24];
