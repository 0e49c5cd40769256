/** What a stream said: the whole of it, or its head and tail with a mark between. */
export type CapturedText = {
  readonly text: string;
  /** Bytes that the stream carried. */
  readonly bytes: number;
  readonly truncated: boolean;
};

/** Keeps the first and the last of a stream within a bound. */
export class OutputCapture {
  readonly #headBytes: number;
  readonly #tailBytes: number;
  readonly #head: Buffer[] = [];
  #tail: Buffer[] = [];
  #inHead = 0;
  #inTail = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#headBytes = Math.ceil(maxBytes / 2);
    this.#tailBytes = Math.floor(maxBytes / 2);
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    const room = this.#headBytes - this.#inHead;
    const first = chunk.subarray(0, room);
    if (first.length > 0) {
      this.#head.push(first);
      this.#inHead += first.length;
    }
    const rest = chunk.subarray(first.length);
    if (rest.length > 0) {
      this.#tail.push(rest);
      this.#inTail += rest.length;
    }
    // Compacted at twice the bound, so that every byte is copied a bounded number of times.
    if (this.#inTail > 2 * this.#tailBytes + chunk.length) {
      this.#compact();
    }
  }

  captured(): CapturedText {
    this.#compact();
    const left = this.#bytes - this.#inHead - this.#inTail;
    const head = Buffer.concat(this.#head);
    const tail = Buffer.concat(this.#tail);
    if (left === 0) {
      return {
        text: Buffer.concat([head, tail]).toString("utf8"),
        bytes: this.#bytes,
        truncated: false,
      };
    }
    const kept = [headText(head), `\n[… ${left} bytes left out …]\n`, tailText(tail)];
    return { text: kept.join(""), bytes: this.#bytes, truncated: true };
  }

  #compact(): void {
    if (this.#inTail > this.#tailBytes) {
      const all = Buffer.concat(this.#tail);
      // Copied, since a part would keep the whole alive.
      const last = Buffer.from(all.subarray(all.length - this.#tailBytes));
      this.#tail = [last];
      this.#inTail = last.length;
    }
  }
}

/** Without the character that the cut went through. */
function headText(head: Buffer): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(head, { stream: true });
}

function tailText(tail: Buffer): string {
  let start = 0;
  while (start < 3 && ((tail[start] ?? 0) & 0xc0) === 0x80) {
    start += 1;
  }
  return tail.toString("utf8", start);
}
