import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, it } from "node:test";

import { readiness } from "./readiness.ts";

async function askAt(listensOn: string, opsHost = listensOn) {
  const server = createServer((_, response) => response.end('{"status":"healthy"}'));
  server.listen(0, listensOn);
  await once(server, "listening");
  const address = server.address();
  const opsPort = typeof address === "object" ? (address?.port ?? 0) : 0;
  const answer = await readiness({ opsHost, opsPort });
  server.close();
  server.closeAllConnections();
  return answer;
}

describe("asking a service whether it is ready", () => {
  it("goes where its ops port listens", async () => {
    for (const host of ["127.0.0.1", "127.0.0.2", "0.0.0.0"]) {
      assert.equal((await askAt(host)).isReady, true, host);
    }
    assert.equal((await askAt("127.0.0.2", "127.0.0.1")).answers, false);
  });
});
