import type { Creation } from "./creation.ts";

/** As large as a frame of the mesh may carry with what is around it. */
const MAX_PAYLOAD_BYTES = 12 << 20;
const MAX_TEXT = 4_096;
const MAX_ITEMS = 1_000;
const HASH_BYTES = 32;

/** What is wrong with a creation, whatever is stored; undefined when nothing is. One wrong creation must not end the stream of all. */
export function creationProblem(creation: Creation): string | undefined {
  const { namespace, requestId, pipeline, labels, requires, traceparent } = creation;
  const texts = [
    namespace,
    requestId,
    pipeline,
    traceparent,
    ...requires,
    ...Object.entries(labels).flat(),
  ];
  if (namespace === "" || requestId === "") return "namespace and request_id must not be empty";
  if (creation.documentHash.length !== HASH_BYTES) return "document_hash must be 32 bytes";
  if (creation.createdPayload.length > MAX_PAYLOAD_BYTES) {
    return `created_payload must not be larger than ${MAX_PAYLOAD_BYTES} bytes`;
  }
  if (requires.length > MAX_ITEMS || Object.keys(labels).length > MAX_ITEMS) {
    return `labels and requires must not be more than ${MAX_ITEMS}`;
  }
  if (texts.some((text) => text.length > MAX_TEXT || text.includes("\0"))) {
    return `texts must not be longer than ${MAX_TEXT} characters, nor hold the character NUL`;
  }
  return undefined;
}
