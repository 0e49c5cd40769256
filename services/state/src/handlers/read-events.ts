import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import { blobContent, readBlob } from "../blob.ts";
import type { Deps } from "../deps.ts";
import { runNotFound } from "../errors.ts";
import type { Event } from "../event.ts";
import { wireFromEvent } from "../wire.ts";

/** Payload of a page. */
const PAGE_BYTES = 4 << 20;
/** A payload that is larger than this stays a blob, since no message could carry it. */
const MAX_INLINED_BYTES = 12 << 20;

/** Reads events of a run, in sequence, a page at a time. */
export function readEvents(deps: Deps): MethodImpl<typeof StateService.method.readEvents> {
  return async ({ runId, namespace, afterSeq, limit, inlineBlobs }) => {
    // The head first: then the events up to it are there to be read.
    const run = await deps.runs.run(runId, namespace);
    if (run === undefined) {
      throw runNotFound(runId);
    }
    const events = await deps.runs.events({ runId, afterSeq, limit, maxBytes: PAGE_BYTES });
    const page = inlineBlobs ? await inlined(deps, { namespace: run.namespace, events }) : events;
    const lastSeq = Math.max(run.lastSeq, events.at(-1)?.seq ?? 0);
    return { events: page.map(wireFromEvent), lastSeq };
  };
}

/** The events with payloads in the place of blobs; fewer of them when the page is full before its end. */
async function inlined(
  { blobs }: Deps,
  { namespace, events }: { namespace: string; events: readonly Event[] },
): Promise<readonly Event[]> {
  const page: Event[] = [];
  let bytes = 0;
  for (const event of events) {
    const key = { namespace, hash: event.payload };
    const size = event.form === 1 ? (await readBlob(blobs, key))?.size : undefined;
    const inline = size !== undefined && size <= MAX_INLINED_BYTES;
    bytes += inline ? size : event.payload.length;
    if (page.length > 0 && bytes > PAGE_BYTES) break;
    const payload = inline ? await blobContent(blobs, key) : undefined;
    page.push(payload === undefined ? event : { ...event, form: 0, payload });
  }
  return page;
}
