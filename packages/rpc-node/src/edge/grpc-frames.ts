import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import type { RpcError } from "@orchestrator/rpc";

import { messageInvalid, messageTooLarge, methodUnknown } from "../errors.ts";

const PREFIX_BYTES = 5;
const unzip = promisify(gunzip);

export type FrameOptions = {
  /** Of one message, unpacked. */
  readonly maxBytes: number;
  /** What `grpc-encoding` says; only gzip can be unpacked. */
  readonly encoding: string;
};

/** Takes gRPC's length-prefixed messages apart, as bytes of a stream come in. */
export class FrameReader {
  readonly #options: FrameOptions;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(options: FrameOptions) {
    this.#options = options;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** Takes bytes of a stream that has one message: what that announces, or comes after it, is refused before it is kept. */
  pushOnly(chunk: Buffer): void {
    this.push(chunk);
    const { maxBytes } = this.#options;
    const [first = chunk] = this.#chunks;
    const announced = first.length < PREFIX_BYTES ? 0 : first.readUInt32BE(1);
    if (announced > maxBytes || this.#bytes > maxBytes + PREFIX_BYTES) {
      this.#chunks = [];
      throw tooLarge(maxBytes);
    }
  }

  /** The next message, or undefined until more has come in. */
  next(): Buffer | Promise<Buffer> | undefined {
    if (this.#bytes < PREFIX_BYTES) {
      return undefined;
    }
    const all = this.#joined();
    const length = all.readUInt32BE(1);
    if (length > this.#options.maxBytes) {
      throw tooLarge(this.#options.maxBytes);
    }
    const end = PREFIX_BYTES + length;
    if (all.length < end) {
      return undefined;
    }
    const rest = all.subarray(end);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    const body = all.subarray(PREFIX_BYTES, end);
    return all[0] === 0 ? body : this.#unpacked(body);
  }

  /** Refuse to end in the midst of a message. */
  finish(): void {
    if (this.#bytes > 0) {
      throw messageInvalid("the stream ended within a message");
    }
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && this.#chunks.length === 1) {
      return first;
    }
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  async #unpacked(body: Buffer): Promise<Buffer> {
    const { encoding, maxBytes } = this.#options;
    if (encoding !== "gzip") {
      throw methodUnknown(`cannot unpack "${encoding}"; use gzip`);
    }
    try {
      return await unzip(body, { maxOutputLength: maxBytes });
    } catch (cause) {
      throw cause instanceof RangeError
        ? tooLarge(maxBytes)
        : messageInvalid("a message cannot be unpacked", cause);
    }
  }
}

/** Puts the prefix before a message. */
export function frameOf(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}

function tooLarge(maxBytes: number): RpcError {
  return messageTooLarge(`a message is larger than ${maxBytes} bytes`);
}
