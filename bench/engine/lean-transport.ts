import { type ClientHttp2Session, connect } from "node:http2";

import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";

const PREFIX_BYTES = 5;

/**
 * gRPC to the public port at the least cost that Node allows: a load generator shares the cores with what it measures.
 *
 * It has no deadlines and no retries, and gives answers out when they are whole.
 */
export function openLeanTransport(
  url: string,
  { apiKey }: { apiKey: string },
): Transport & Disposable {
  const session = connect(url);
  const exchange = exchangeOver(session, apiKey);
  return {
    async unary(...[method, , , , input]) {
      const [message] = await exchange(method, [create(method.input, input)]);
      if (message === undefined) {
        throw new ConnectError(`${method.name} answered with nothing`, Code.Internal);
      }
      return { stream: false, service: method.parent, method, message, ...emptyHeaders() };
    },
    async stream(...[method, , , , inputs]) {
      const requests = [];
      for await (const input of inputs) requests.push(create(method.input, input));
      const message = each(exchange(method, requests));
      return { stream: true, service: method.parent, method, message, ...emptyHeaders() };
    },
    [Symbol.dispose]: () => session.close(),
  };
}

/** Sends all requests of a call and collects all answers. */
function exchangeOver(session: ClientHttp2Session, apiKey: string) {
  return <I extends DescMessage, O extends DescMessage>(
    { parent, name, input, output }: DescMethod & { input: I; output: O },
    requests: readonly MessageShape<I>[],
  ): Promise<readonly MessageShape<O>[]> =>
    new Promise((resolve, reject) => {
      const stream = session.request({
        ":method": "POST",
        ":path": `/${parent.typeName}/${name}`,
        "content-type": "application/grpc",
        te: "trailers",
        "x-api-key": apiKey,
      });
      const chunks: Buffer[] = [];
      let status: string | string[] | undefined;
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("response", (headers) => (status ??= headers["grpc-status"]));
      stream.on("trailers", (trailers) => (status = trailers["grpc-status"]));
      stream.on("error", reject);
      stream.on("close", () => {
        if (status === "0") resolve(messagesOf(output, Buffer.concat(chunks)));
        else reject(new ConnectError(`${name} ended with ${String(status)}`, Code.Unknown));
      });
      stream.end(Buffer.concat(requests.map((request) => frameOf(toBinary(input, request)))));
    });
}

function frameOf(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function messagesOf<O extends DescMessage>(output: O, frames: Buffer): MessageShape<O>[] {
  const messages: MessageShape<O>[] = [];
  for (let at = 0; at < frames.length;) {
    const end = at + PREFIX_BYTES + frames.readUInt32BE(at + 1);
    messages.push(fromBinary(output, frames.subarray(at + PREFIX_BYTES, end)));
    at = end;
  }
  return messages;
}

async function* each<T>(messages: Promise<readonly T[]>): AsyncGenerator<T> {
  yield* await messages;
}

function emptyHeaders(): { header: Headers; trailer: Headers } {
  return { header: new Headers(), trailer: new Headers() };
}
