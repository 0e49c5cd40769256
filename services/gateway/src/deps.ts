import type { Client } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { CreationStream } from "./adapters/creation-stream.ts";
import type { Definitions } from "./adapters/definitions.ts";
import type { WatchStream } from "./adapters/watch-stream.ts";
import type { Compiler } from "./compiler.ts";

/** Everything that a handler may touch. Made once, in start.ts or in a test. */
export type Deps = {
  readonly state: Client<typeof StateService>;
  readonly creations: CreationStream;
  readonly watches: WatchStream;
  readonly compiler: Compiler;
  readonly definitions: Definitions;
  /** What runs must find at their executor beside what their plan requires: a working directory, for an embedded CLI. */
  readonly runRequires: readonly string[];
};
