import type { Socket } from "node:net";

/** What the first bytes of a cleartext connection say that it speaks. */
export type Dialect = "http1" | "http2";

const PREFACE = "PRI * HTTP/2.0";
const ENOUGH = 3; // no method of HTTP/1 starts with PRI

/** Wait for a connection's first bytes and put them back; a connection that sends none in time is dropped. */
export function sniff(
  socket: Socket,
  { timeoutMs, onKnown }: { timeoutMs: number; onKnown: (dialect: Dialect) => void },
): void {
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  const forget = (): void => {
    clearTimeout(timer);
    socket.off("readable", look);
    socket.off("error", drop);
    socket.off("close", forget);
  };
  const drop = (): void => {
    socket.destroy();
  };
  const look = (): void => {
    const start: unknown = socket.read(ENOUGH);
    if (start instanceof Buffer) {
      forget();
      socket.unshift(start);
      onKnown(PREFACE.startsWith(start.toString("latin1")) ? "http2" : "http1");
    }
  };
  socket.on("readable", look);
  socket.on("error", drop);
  socket.on("close", forget);
}
