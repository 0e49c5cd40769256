// As much of opentelemetry/proto/trace/v1/trace.proto as a test asks about, read from the wire format by field number.
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** A span as it was exported. */
export type ExportedSpan = {
  /** `service.name` of the process that it was recorded in. */
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentId: string;
  readonly name: string;
  readonly kind: "internal" | "server" | "client" | "other";
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly isError: boolean;
};

/** Reads the body of an export: ExportTraceServiceRequest. */
export function spansFromExport(body: Uint8Array): ExportedSpan[] {
  return fieldsOf(body)
    .filter(({ number }) => number === FIELD.resourceSpans)
    .flatMap(({ bytes }) => spansOfResource(bytes));
}

const FIELD = {
  resourceSpans: 1,
  resource: 1,
  scopeSpans: 2,
  resourceAttributes: 1,
  spans: 2,
  traceId: 1,
  spanId: 2,
  parentSpanId: 4,
  name: 5,
  kind: 6,
  attributes: 9,
  status: 15,
  statusCode: 3,
  key: 1,
  value: 2,
  stringValue: 1,
  intValue: 3,
} as const;
const KINDS = ["other", "internal", "server", "client"] as const;
const STATUS_ERROR = 2;

type Field = { readonly number: number; readonly bytes: Uint8Array; readonly int: number };

/** The fields of a message, in order; fixed-width ones are passed over. */
function fieldsOf(message: Uint8Array): Field[] {
  const reader = new BinaryReader(message);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (wireType === WireType.LengthDelimited) {
      fields.push({ number, bytes: reader.bytes(), int: 0 });
    } else if (wireType === WireType.Varint) {
      fields.push({ number, bytes: NOTHING, int: Number(reader.int64()) });
    } else {
      reader.skip(wireType, number);
    }
  }
  return fields;
}

const NOTHING = new Uint8Array();

function spansOfResource(message: Uint8Array): ExportedSpan[] {
  const fields = fieldsOf(message);
  const resource = fields.find(({ number }) => number === FIELD.resource)?.bytes ?? NOTHING;
  const service = attributesOf(fieldsOf(resource), FIELD.resourceAttributes)["service.name"];
  return fields
    .filter(({ number }) => number === FIELD.scopeSpans)
    .flatMap(({ bytes }) => fieldsOf(bytes))
    .filter(({ number }) => number === FIELD.spans)
    .map(({ bytes }) => spanOf(fieldsOf(bytes), String(service)));
}

function spanOf(fields: readonly Field[], service: string): ExportedSpan {
  const field = (wanted: number): Field | undefined =>
    fields.find(({ number }) => number === wanted);
  const hex = (wanted: number): string =>
    Buffer.from(field(wanted)?.bytes ?? NOTHING).toString("hex");
  const status = fieldsOf(field(FIELD.status)?.bytes ?? NOTHING);
  return {
    service,
    traceId: hex(FIELD.traceId),
    spanId: hex(FIELD.spanId),
    parentId: hex(FIELD.parentSpanId),
    name: textOf(field(FIELD.name)),
    kind: KINDS[field(FIELD.kind)?.int ?? 0] ?? "other",
    attributes: attributesOf(fields, FIELD.attributes),
    isError: status.some(({ number, int }) => number === FIELD.statusCode && int === STATUS_ERROR),
  };
}

/** Attributes that are texts or integers. */
function attributesOf(fields: readonly Field[], wanted: number): Record<string, string | number> {
  const pairs = fields.filter(({ number }) => number === wanted);
  return Object.fromEntries(
    pairs.flatMap(({ bytes }) => {
      const pair = fieldsOf(bytes);
      const key = textOf(pair.find(({ number }) => number === FIELD.key));
      const value = pair.find(({ number }) => number === FIELD.value)?.bytes ?? NOTHING;
      return fieldsOf(value).flatMap((chosen): [string, string | number][] => {
        if (chosen.number === FIELD.stringValue) return [[key, textOf(chosen)]];
        return chosen.number === FIELD.intValue ? [[key, chosen.int]] : [];
      });
    }),
  );
}

function textOf(field: Field | undefined): string {
  return new TextDecoder().decode(field?.bytes);
}
