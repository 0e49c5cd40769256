import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import { parseCsv, writeCsv } from "./csv.ts";

const COMMA = { delimiter: "," } as const;

describe("parseCsv", () => {
  it("reads quotes, both line ends, a byte order mark and short rows as text (L192)", () => {
    const { rows } = parseCsv('\uFEFFa,b\r\n"x ""y""",007\r\n"two\nlines",\nshort\n', read());
    assert.deepEqual(rows, [
      { a: 'x "y"', b: "007" },
      { a: "two\nlines", b: "" },
      { a: "short", b: "" },
    ]);
  });

  it("refuses a long row, a stray quote and a header with a name twice", () => {
    const errors = [
      ["a,b\n1,2\n1,2,3\n", /^row 2 has 3 cells, but the header has 2$/],
      ['a,b\n1,x"y\n', /^not CSV: /],
      ['a,b\n1,"x\n', /^not CSV: /],
      ["a,a\n1,2\n", /^the header has two columns "a"$/],
    ] as const;
    for (const [text, message] of errors) {
      assert.throws(() => parseCsv(text, read()), {
        name: "DataError",
        code: "DATA_FORMAT",
        message,
      });
    }
  });

  it("converts columns of numbers and of booleans when asked to", () => {
    const { rows } = parseCsv("n,b,t,e\n1,TRUE,1,\n,false,x,\n", { ...COMMA, typed: true });
    assert.deepEqual(rows, [
      { n: 1, b: true, t: "1", e: "" },
      { n: null, b: false, t: "x", e: "" },
    ]);
  });

  it("gives nothing of nothing", () => {
    assert.deepEqual(parseCsv("", read()), { rows: [], columns: [] });
  });
});

describe("writeCsv", () => {
  it("writes the union of columns, quotes where needed, LF at every line (L192)", () => {
    const rows = [
      { a: "x,y", b: null, c: 'q"' },
      { a: true, d: { e: [1] } },
      { a: 1.5, b: " sp ", c: "l\nm" },
    ];
    assert.equal(
      writeCsv({ rows }, COMMA),
      'a,b,c,d\n"x,y",,"q""",\ntrue,,,"{""e"":[1]}"\n1.5, sp ,"l\nm",\n',
    );
  });

  it("is read back as it was, whatever the cells hold", () => {
    const cell = fc.oneof(fc.string(), fc.stringMatching(/^[",\r\n\t \uFEFFa]*$/));
    const table = fc.uniqueArray(cell, { minLength: 1, maxLength: 4 }).chain((columns) =>
      fc.record({
        columns: fc.constant(columns),
        cells: fc.array(fc.array(cell, { minLength: columns.length, maxLength: columns.length })),
      }),
    );
    for (const delimiter of [",", "\t"] as const) {
      fc.assert(
        fc.property(table, ({ columns, cells }) => {
          const rows = cells.map((row) =>
            Object.fromEntries(columns.map((column, i) => [column, row[i] ?? ""])),
          );
          const text = writeCsv({ rows, columns }, { delimiter });
          assert.deepEqual(parseCsv(text, { delimiter, typed: false }), { rows, columns });
        }),
      );
    }
  });
});

function read() {
  return { ...COMMA, typed: false };
}
