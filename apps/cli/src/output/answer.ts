import { type DescMessage, type JsonValue, type MessageShape, toJson } from "@bufbuild/protobuf";

import type { Io } from "../io.ts";

/** Print an answer of the API: as a table on a terminal, else, or when asked, as proto3 JSON. */
export function printAnswer<D extends DescMessage>(
  io: Io,
  {
    schema,
    message,
    json,
    asTable,
  }: {
    readonly schema: D;
    readonly message: MessageShape<D>;
    readonly json: boolean;
    readonly asTable: () => string;
  },
): void {
  if (io.stdout.isTerminal && !json) {
    io.stdout.write(asTable());
  } else {
    io.stdout.write(`${jsonText(toJson(schema, message, { alwaysEmitImplicit: true }))}\n`);
  }
}

/** JSON for people and programs: indented by two. */
export function jsonText(value: JsonValue): string {
  return JSON.stringify(value, null, 2);
}
