import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";

import { frameOf, FrameReader } from "./grpc-frames.ts";

function reader(encoding = "identity"): FrameReader {
  return new FrameReader({ maxBytes: 1_000, encoding });
}

function packed(message: Buffer): Buffer {
  const frame = frameOf(gzipSync(message));
  frame[0] = 1;
  return frame;
}

describe("FrameReader", () => {
  it("gives messages back whole, however their bytes arrive", async () => {
    const messages = ["", "a", "x".repeat(999)].map((text) => Buffer.from(text));
    const bytes = Buffer.concat(messages.map(frameOf));
    for (const size of [1, 4, 7, bytes.length]) {
      const frames = reader();
      const heard: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        frames.push(bytes.subarray(at, at + size));
        for (let message = frames.next(); message !== undefined; message = frames.next()) {
          heard.push(await message);
        }
      }
      frames.finish();
      assert.deepEqual(heard.map(String), messages.map(String));
    }
  });

  it("refuses what is too large before it has come in, and when it unpacks to too much", async () => {
    const announced = reader();
    announced.push(frameOf(Buffer.alloc(1_001)).subarray(0, 5));
    assert.throws(() => announced.next(), /larger than 1000 bytes/);
    const bomb = reader("gzip");
    bomb.push(packed(Buffer.alloc(100_000)));
    await assert.rejects(async () => bomb.next(), /larger than 1000 bytes/);
  });

  it("unpacks gzip, and nothing else", async () => {
    const frames = reader("gzip");
    frames.push(packed(Buffer.from("hello")));
    assert.equal(String(await frames.next()), "hello");
    const other = reader("br");
    other.push(packed(Buffer.from("hello")));
    await assert.rejects(async () => other.next(), /cannot unpack "br"/);
  });

  it("refuses a stream that ends within a message", () => {
    const frames = reader();
    frames.push(frameOf(Buffer.from("hello")).subarray(0, 7));
    assert.equal(frames.next(), undefined);
    assert.throws(() => frames.finish(), /ended within a message/);
  });
});
