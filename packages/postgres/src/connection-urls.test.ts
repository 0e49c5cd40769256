import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { connectionUrls, hostOf } from "./connection-urls.ts";

describe("connection addresses", () => {
  it("are one where one is given", () => {
    assert.deepEqual(connectionUrls("postgres://u:p@h:5432/d?sslmode=disable"), [
      "postgres://u:p@h:5432/d?sslmode=disable",
    ]);
  });

  it("are one for each host that an address lists", () => {
    assert.deepEqual(connectionUrls("postgresql://u:p%40@one:1,two:2,[::1]:3/d?a=b,c"), [
      "postgresql://u:p%40@one:1/d?a=b,c",
      "postgresql://u:p%40@two:2/d?a=b,c",
      "postgresql://u:p%40@[::1]:3/d?a=b,c",
    ]);
  });

  it("may be several with commas between them, or a list", () => {
    const urls = ["postgres://one/d", "postgres://two/d"];
    assert.deepEqual(connectionUrls(urls.join(", ")), urls);
    assert.deepEqual(connectionUrls(urls), urls);
  });

  it("are refused without their scheme, and not repeated, since they may hold a secret", () => {
    assert.throws(
      () => connectionUrls("mysql://u:secret@h/d"),
      (error) => error instanceof Error && !error.message.includes("secret"),
    );
  });

  it("are named in messages by their hosts alone", () => {
    assert.equal(hostOf("postgres://u:secret@one:5432/d"), "one:5432");
    assert.equal(hostOf("postgres://u@/d?host=/run/postgresql"), "/run/postgresql");
    assert.equal(hostOf("postgres:///d"), "localhost");
  });
});
