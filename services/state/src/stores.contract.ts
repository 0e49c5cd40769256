import { after, before, beforeEach, describe } from "node:test";

import { describeAppends } from "./append.contract.ts";
import { describeCreations } from "./creation.contract.ts";
import { describeMessages } from "./inbox.contract.ts";
import { describeRetention } from "./retention.contract.ts";
import { describeSessions } from "./session.contract.ts";
import { StoresFixture } from "./stores-fixture.contract.ts";

/** Says what the statements of the state service do, whatever PostgreSQL runs them. */
export function describeStores(
  name: string,
  open: ConstructorParameters<typeof StoresFixture>[0],
): void {
  describe(`the stores on ${name}`, () => {
    const fixture = new StoresFixture(open);
    before(() => fixture.open());
    after(() => fixture.close());
    beforeEach(() => fixture.clear());

    describeAppends(fixture);
    describeCreations(fixture);
    describeSessions(fixture);
    describeMessages(fixture);
    describeRetention(fixture);
  });
}
