// A process of its own that writes down effects: one line for each, on disk before it is answered. Arguments: port file, ledger file.
import { fsyncSync, openSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

const [portFile = "", ledgerFile = ""] = process.argv.slice(2);
const ledger = openSync(ledgerFile, "a");
let waiting: { line: string; socket: Socket }[] = [];

/** Effects that came in together are made durable together. */
function flush(): void {
  const batch = waiting;
  waiting = [];
  writeSync(ledger, batch.map(({ line }) => `${Date.now()} ${line}\n`).join(""));
  fsyncSync(ledger);
  for (const { socket } of batch) {
    socket.end("ok\n");
  }
}

const server = createServer((socket) => {
  socket.on("error", () => undefined); // Whoever spoke was killed; what it said counts all the same.
  createInterface({ input: socket }).on("line", (line) => {
    if (waiting.length === 0) {
      setImmediate(flush);
    }
    waiting.push({ line, socket });
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  writeFileSync(`${portFile}.new`, String(port));
  renameSync(`${portFile}.new`, portFile);
});
process.on("SIGTERM", () => process.exit(0));
