/** A column of values, handed over as one array: in PostgreSQL's binary form, or as text where a driver has no binary form. */
export class ArrayParam {
  readonly #type: ElementType;
  readonly #values: readonly Element[];

  constructor(type: ElementType, values: readonly Element[]) {
    this.#type = type;
    this.#values = values;
  }

  /** The array in the binary form of the protocol: text arrays cost PostgreSQL a fifth more. */
  toBinary(): Buffer {
    const { oid, width, put } = this.#type;
    const values = this.#values;
    let size = HEADER_BYTES + 4 * values.length;
    let hasNull = 0;
    for (const value of values) {
      if (value === null) hasNull = 1;
      else size += width(value);
    }
    const bytes = Buffer.allocUnsafe(size);
    bytes.writeInt32BE(1, 0);
    bytes.writeInt32BE(hasNull, 4);
    bytes.writeInt32BE(oid, 8);
    bytes.writeInt32BE(values.length, 12);
    bytes.writeInt32BE(1, 16);
    let at = HEADER_BYTES;
    for (const value of values) {
      const length = value === null ? -1 : width(value);
      bytes.writeInt32BE(length, at);
      at += 4;
      if (value !== null) {
        put(bytes, value, at);
        at += length;
      }
    }
    return bytes;
  }

  /** The array as PostgreSQL writes it: `{1,2}`. */
  toText(): string {
    const { text } = this.#type;
    return `{${this.#values.map((value) => (value === null ? "NULL" : text(value))).join(",")}}`;
  }
}

/** A column of `int2`. */
export function int2s(values: readonly (number | null)[]): ArrayParam {
  return new ArrayParam(INT2, values);
}

/** A column of `int4`. */
export function int4s(values: readonly (number | null)[]): ArrayParam {
  return new ArrayParam(INT4, values);
}

/** A column of `int8`; bytes are 8 each, big endian. */
export function int8s(values: readonly (number | bigint | Uint8Array | null)[]): ArrayParam {
  return new ArrayParam(INT8, values);
}

/** A column of `uuid`, each as 16 bytes or as text. */
export function uuids(values: readonly (Uint8Array | string)[]): ArrayParam {
  return new ArrayParam(UUID, values);
}

/** A column of `text`. */
export function texts(values: readonly (string | null)[]): ArrayParam {
  return new ArrayParam(TEXT, values);
}

/** A column of `bytea`. */
export function byteas(values: readonly (Uint8Array | null)[]): ArrayParam {
  return new ArrayParam(BYTEA, values);
}

type Element = number | bigint | string | Uint8Array | null;
type Present = Exclude<Element, null>;

type ElementType = {
  readonly oid: number;
  readonly width: (value: Present) => number;
  readonly put: (into: Buffer, value: Present, at: number) => void;
  readonly text: (value: Present) => string;
};

const HEADER_BYTES = 20;

const INT2: ElementType = {
  oid: 21,
  width: () => 2,
  put: (into, value, at) => into.writeInt16BE(Number(value), at),
  text: String,
};

const INT4: ElementType = {
  oid: 23,
  width: () => 4,
  put: (into, value, at) => into.writeInt32BE(Number(value), at),
  text: String,
};

const INT8: ElementType = {
  oid: 20,
  width: () => 8,
  put(into, value, at) {
    if (value instanceof Uint8Array) {
      into.set(value, at);
    } else if (typeof value === "number") {
      // Two halves, since BigInt costs more than the rest of the array.
      into.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
      into.writeUInt32BE(value >>> 0 === value ? value : modulo32(value), at + 4);
    } else {
      into.writeBigInt64BE(BigInt(value), at);
    }
  },
  text: (value) =>
    value instanceof Uint8Array ? viewOf(value).readBigInt64BE(0).toString() : String(value),
};

const UUID: ElementType = {
  oid: 2950,
  width: () => 16,
  put(into, value, at) {
    if (value instanceof Uint8Array) into.set(value, at);
    else into.write(String(value).replaceAll("-", ""), at, 16, "hex");
  },
  text: (value) => (value instanceof Uint8Array ? viewOf(value).toString("hex") : String(value)),
};

const TEXT: ElementType = {
  oid: 25,
  width: (value) => Buffer.byteLength(String(value)),
  put: (into, value, at) => into.write(String(value), at),
  text: (value) => quoted(String(value)),
};

const BYTEA: ElementType = {
  oid: 17,
  width: (value) => (value instanceof Uint8Array ? value.length : 0),
  put(into, value, at) {
    if (value instanceof Uint8Array) into.set(value, at);
  },
  text: (value) =>
    value instanceof Uint8Array ? `"\\\\x${viewOf(value).toString("hex")}"` : quoted(String(value)),
};

function modulo32(value: number): number {
  return ((value % 0x1_0000_0000) + 0x1_0000_0000) % 0x1_0000_0000;
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
