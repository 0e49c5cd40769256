import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { encodeMessage, waitKey } from "@orchestrator/pipeline";
import {
  MessageKind,
  type PutBlobRequestSchema,
  type StateService,
} from "@orchestrator/proto/state/v1/state_pb";

import type { RunStore } from "../run-channel.ts";

const PAGE_EVENTS = 10_000;
const CHUNK_BYTES = 1 << 20;

/** Reads and writes what runs need beside their log, by calls of the state service. */
export function stateRunStore(state: Client<typeof StateService>): RunStore {
  return {
    async plan({ namespace, documentHash, planVersion }, signal) {
      const { plan } = await state.getDefinition(
        { namespace, documentHash, planVersion },
        { signal },
      );
      return plan;
    },
    async bundle({ namespace, documentHash }, signal) {
      const { bundle } = await state.getDefinition({ namespace, documentHash }, { signal });
      return bundle;
    },
    events: (run, signal) => eventsOf(state, run, signal),
    async expireWait({ namespace, runId, step, attempt }, signal) {
      const payload = encodeMessage({ kind: "expired", step, attempt });
      const dedupeKey = waitKey({ step, attempt });
      const kind = MessageKind.EXPIRED;
      await state.sendMessage({ namespace, runId, kind, dedupeKey, payload }, { signal });
    },
    async putBlob({ namespace, mediaType, bytes }, signal) {
      const hash = createHash("sha256").update(bytes).digest();
      const head = { namespace, hash, size: BigInt(bytes.length), mediaType };
      await state.putBlob(parts(head, slices(bytes)), { signal });
      return { sha256: hash.toString("hex"), size: bytes.length };
    },
    async putFile({ namespace, mediaType, path }, signal) {
      const hash = await hashOfFile(path, signal);
      const { size } = await stat(path);
      const head = { namespace, hash, size: BigInt(size), mediaType };
      await state.putBlob(parts(head, fileChunks(path)), { signal });
      return { sha256: hash.toString("hex"), size };
    },
    getBlob: ({ namespace, sha256 }, signal) =>
      blobOf(state, { namespace, hash: hashFrom(sha256) }, signal),
    async getFile({ namespace, sha256, path }, signal) {
      const answers = state.getBlob({ namespace, hash: hashFrom(sha256) }, { signal });
      await pipeline(Readable.from(chunksOf(answers)), createWriteStream(path), { signal });
    },
    async snapshot({ runId }, version, signal) {
      const { uptoSeq, fold } = await state.getSnapshot({ runId, version }, { signal });
      return uptoSeq === 0 ? undefined : { uptoSeq, fold };
    },
    async putSnapshot(snapshot, signal) {
      await state.putSnapshot(snapshot, { signal });
    },
  };
}

async function* eventsOf(
  state: Client<typeof StateService>,
  { namespace, runId, afterSeq: from = 0 }: Parameters<RunStore["events"]>[0],
  signal: AbortSignal,
): ReturnType<RunStore["events"]> {
  for (let afterSeq = from; ;) {
    const page = { namespace, runId, afterSeq, limit: PAGE_EVENTS, inlineBlobs: true };
    const { events, lastSeq } = await state.readEvents(page, { signal });
    for (const { seq, atUs, kind, version, step, attempt, payload, blobHash } of events) {
      // A page resolves the blobs that it can carry.
      const content =
        blobHash.length === 0
          ? payload
          : await blobOf(state, { namespace, hash: blobHash }, signal);
      yield { seq, atUs: Number(atUs), kind, version, step, attempt, payload: content };
      afterSeq = seq;
    }
    if (events.length === 0 || afterSeq >= lastSeq) {
      return;
    }
  }
}

async function blobOf(
  state: Client<typeof StateService>,
  blob: { readonly namespace: string; readonly hash: Uint8Array },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const { chunk } of state.getBlob(blob, { signal })) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

type Head = { namespace: string; hash: Uint8Array; size: bigint; mediaType: string };

async function* parts(
  head: Head,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<MessageInitShape<typeof PutBlobRequestSchema>> {
  yield { part: { case: "head", value: head } };
  for await (const chunk of chunks) {
    yield { part: { case: "chunk", value: chunk } };
  }
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    yield bytes.subarray(at, at + CHUNK_BYTES);
  }
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  const file: AsyncIterable<unknown> = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  for await (const chunk of file) {
    if (chunk instanceof Uint8Array) {
      yield chunk;
    }
  }
}

async function* chunksOf(
  answers: AsyncIterable<{ chunk: Uint8Array }>,
): AsyncGenerator<Uint8Array> {
  for await (const { chunk } of answers) {
    yield chunk;
  }
}

async function hashOfFile(path: string, signal: AbortSignal): Promise<Buffer> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest();
}

function hashFrom(sha256: string): Uint8Array {
  return Uint8Array.from(Buffer.from(sha256, "hex"));
}
