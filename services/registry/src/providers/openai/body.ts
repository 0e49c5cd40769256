/** Reads the data of server-sent events from the bytes of a body. What is larger than the limit ends with TooLarge. */
export async function* eventData(
  body: AsyncIterable<Uint8Array>,
  { maxBytes }: { readonly maxBytes: number },
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > maxBytes) throw new TooLarge(maxBytes);
    const lines = (rest + decoder.decode(part, { stream: true })).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      // One line an event: the dialect never splits its JSON over several.
      if (line.startsWith("data:")) yield line.slice(line.startsWith("data: ") ? 6 : 5);
    }
  }
  if (rest.startsWith("data:")) yield rest.slice(5).trim();
}

/** Collects a whole body as text. */
export async function bodyText(
  body: AsyncIterable<Uint8Array>,
  { maxBytes }: { readonly maxBytes: number },
): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > maxBytes) throw new TooLarge(maxBytes);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** A body that is larger than allowed. */
export class TooLarge extends Error {
  override name = "TooLarge";

  constructor(maxBytes: number) {
    super(`the answer is larger than ${maxBytes} bytes`);
  }
}
