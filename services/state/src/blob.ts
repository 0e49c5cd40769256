import { createHash } from "node:crypto";

/** What bytes are: whose, and by which hash they are found. */
export type BlobKey = {
  readonly namespace: string;
  /** SHA-256. */
  readonly hash: Uint8Array;
};

/** An upload under way. */
export type Upload = { readonly uploadId: number };

/** Where bytes are kept by their hash, in parts of at most a mebibyte. */
export interface BlobStore {
  /** Whether the bytes are there; they are then touched, so that they are not collected meanwhile. */
  touch(key: BlobKey): Promise<boolean>;
  /** Stores bytes of one part at once. */
  put(
    key: BlobKey,
    blob: { readonly mediaType: string; readonly bytes: Uint8Array },
  ): Promise<void>;
  begin(): Promise<Upload>;
  addPart(
    upload: Upload,
    part: { readonly ordinal: number; readonly bytes: Uint8Array },
  ): Promise<void>;
  /** Makes the parts of an upload the blob; or drops them, when the bytes came another way meanwhile. */
  finish(
    key: BlobKey,
    blob: { readonly upload: Upload; readonly size: number; readonly mediaType: string },
  ): Promise<"stored" | "existed">;
  drop(upload: Upload): Promise<void>;
  /** Where the parts are, and how many bytes there are in all. */
  find(key: BlobKey): Promise<(Upload & { readonly size: number }) | undefined>;
  part(upload: Upload, ordinal: number): Promise<Uint8Array | undefined>;
}

/** Bytes of a part; the last one may have fewer. */
export const PART_BYTES = 1 << 20;

/** What became of bytes that were to be stored. */
export type BlobPut =
  | { readonly kind: "stored" | "existed" }
  | { readonly kind: "mismatch"; readonly message: string };

/**
 * Stores bytes as they come, and checks them against their hash and size: what does not match leaves nothing behind. The
 * parts of an upload that breaks off are dropped as abandoned.
 */
export async function putBlob(
  store: BlobStore,
  { key, size, mediaType }: { key: BlobKey; size: number; mediaType: string },
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<BlobPut> {
  if (await store.touch(key)) {
    return { kind: "existed" };
  }
  const hash = createHash("sha256");
  let upload: Upload | undefined;
  let ordinal = 0;
  let seen = 0;
  let part: Uint8Array = new Uint8Array();
  for await (const bytes of partsOf(chunks)) {
    hash.update(bytes);
    seen += bytes.length;
    if (seen > size) break;
    if (part.length > 0) {
      upload ??= await store.begin();
      await store.addPart(upload, { ordinal: ordinal++, bytes: part });
    }
    part = bytes;
  }
  const problem = mismatch({ seen, size, isHash: hash.digest().equals(key.hash) });
  if (problem !== undefined) {
    if (upload !== undefined) await store.drop(upload);
    return { kind: "mismatch", message: problem };
  }
  if (upload === undefined) {
    await store.put(key, { mediaType, bytes: part });
    return { kind: "stored" };
  }
  await store.addPart(upload, { ordinal, bytes: part });
  return { kind: await store.finish(key, { upload, size, mediaType }) };
}

/** Reads a blob part by part; undefined when it is not there. */
export async function readBlob(
  store: BlobStore,
  key: BlobKey,
): Promise<{ readonly size: number; readonly parts: AsyncIterable<Uint8Array> } | undefined> {
  const found = await store.find(key);
  if (found === undefined) return undefined;
  return { size: found.size, parts: partsIn(store, found) };
}

/** All bytes of a blob at once; undefined when it is not there. For what is known to be small. */
export async function blobContent(store: BlobStore, key: BlobKey): Promise<Uint8Array | undefined> {
  const blob = await readBlob(store, key);
  if (blob === undefined) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of blob.parts) parts.push(part);
  return joined(parts);
}

async function* partsIn(
  store: BlobStore,
  { uploadId, size }: Upload & { readonly size: number },
): AsyncGenerator<Uint8Array> {
  const count = Math.max(1, Math.ceil(size / PART_BYTES));
  for (let ordinal = 0; ordinal < count; ordinal++) {
    const part = await store.part({ uploadId }, ordinal);
    if (part === undefined) {
      throw new Error(`part ${ordinal} of a blob is missing`);
    }
    yield part;
  }
}

/** Cuts and joins chunks so that every part but the last is full. */
async function* partsOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const taken = chunk.subarray(at, at + PART_BYTES - bytes);
      held.push(taken);
      at += taken.length;
      bytes += taken.length;
      if (bytes === PART_BYTES) {
        yield joined(held);
        held = [];
        bytes = 0;
      }
    }
  }
  if (bytes > 0) yield joined(held);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat([...chunks]);
}

function mismatch({
  seen,
  size,
  isHash,
}: {
  seen: number;
  size: number;
  isHash: boolean;
}): string | undefined {
  if (seen !== size) return `${seen} bytes came, ${size} were announced`;
  return isHash ? undefined : "the bytes do not have the hash that was announced";
}
