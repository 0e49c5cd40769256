import type { Transport } from "@connectrpc/connect";
import { fromWireError } from "@orchestrator/rpc";

/** A transport whose calls fail as the server threw it: with a reason, field violations and a time to retry. */
export function withRpcErrors(transport: Transport): Transport {
  return {
    async unary(...call) {
      try {
        return await transport.unary(...call);
      } catch (thrown) {
        throw fromWireError(thrown);
      }
    },
    async stream(...call) {
      try {
        const response = await transport.stream(...call);
        return { ...response, message: mapped(response.message) };
      } catch (thrown) {
        throw fromWireError(thrown);
      }
    },
  };
}

async function* mapped<T>(messages: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* messages;
  } catch (thrown) {
    throw fromWireError(thrown);
  }
}
