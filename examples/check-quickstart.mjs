// Computes what 01-quickstart.yaml writes without it and without any package, and compares.
//   node examples/check-quickstart.mjs FOLDER     the folder that holds revenue-by-product.csv, problems.csv and report.md
import { readFileSync } from "node:fs";
import { join } from "node:path";

const REGIONS = ["North", "South", "East", "West"];

const [folder, source = "examples/data/orders.csv"] = process.argv.slice(2);
if (folder === undefined) {
  console.error("node examples/check-quickstart.mjs FOLDER [ORDERS.csv]");
  process.exit(2);
}
for (const [name, text] of Object.entries(expectedFiles(readFileSync(source, "utf8")))) {
  const found = readFileSync(join(folder, name), "utf8");
  if (found === text) {
    console.log(`${name}: ${Buffer.byteLength(text)} bytes, the same`);
  } else {
    console.error(`${name} differs at line ${firstDifference(found, text)}`);
    process.exitCode = 1;
  }
}

function expectedFiles(text) {
  const rows = readRows(text);
  const faults = rows.flatMap((row, index) => faultsOf(row).map((message) => [index + 1, message]));
  const whole = withoutDuplicates(rows).filter((row) => !Object.values(row).includes(""));
  const counted = whole.filter(
    ({ quantity, unit_price: price }) => Number(quantity) >= 1 && /^\d+(\.\d+)?$/.test(price),
  );
  const products = groupsBy(counted, ({ product }) => product)
    .map(([product, of]) => ({ product, of, cents: sum(of, centsOf) }))
    .toSorted((a, b) => b.cents - a.cents)
    .map(({ product, of, cents }) => [product, of.length, sum(of, unitsOf), cents]);
  const months = groupsBy(counted, ({ ordered_on: day }) => day.slice(0, 7))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([month, of]) =>
      [month].concat(REGIONS.map((region) => money(sum(ofRegion(of, region), centsOf)))),
    );
  return {
    "revenue-by-product.csv": csv(
      ["product", "orders", "units", "revenue"],
      products.map(([product, orders, units, cents]) => [product, orders, units, cents / 100]),
    ),
    "problems.csv": csv(["row", "message"], faults),
    "report.md": `# Sales report

${rows.length} rows were exported; ${counted.length} of them count, after
${rows.length - whole.length} went as duplicates or for holes and ${whole.length - counted.length} for impossible values.
The check found ${faults.length} faults; they are listed in \`problems.csv\`.

## By product

| product | orders | units | revenue |
| --- | ---: | ---: | ---: |
${products.map(([product, orders, units, cents]) => line([product, orders, units, money(cents)])).join("")}
## By month

| month | North | South | East | West |
| --- | ---: | ---: | ---: | ---: |
${months.map(line).join("")}`,
  };
}

function faultsOf(row) {
  const { order_id: id, ordered_on: day, region, product, quantity, unit_price: price } = row;
  return [
    [!/^A\d+$/.test(id), '/order_id must match pattern "^A[0-9]+$"'],
    [
      !/^\d{4}-\d\d-\d\d$/.test(day),
      '/ordered_on must match pattern "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"',
    ],
    [!REGIONS.includes(region), "/region must be equal to one of the allowed values"],
    [product === "", "/product must NOT have fewer than 1 characters"],
    [!/^-?\d+$/.test(quantity), "/quantity must be integer"],
    [/^-?\d+$/.test(quantity) && Number(quantity) < 1, "/quantity must be >= 1"],
    [!/^-?\d+(\.\d+)?$/.test(price), "/unit_price must be number"],
    [/^-?\d+(\.\d+)?$/.test(price) && Number(price) <= 0, "/unit_price must be > 0"],
  ].flatMap(([isWrong, message]) => (isWrong ? [message] : []));
}

function readRows(text) {
  const [names, ...records] = text.trimEnd().split("\n").map(cellsOf);
  return records.map((cells) => Object.fromEntries(names.map((name, i) => [name, cells[i]])));
}

function cellsOf(record) {
  const cells = record.match(/("([^"]|"")*"|[^,]*)(,|$)/g).slice(0, -1);
  return cells.map((cell) => {
    const value = cell.replace(/,$/, "");
    return value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value;
  });
}

function withoutDuplicates(rows) {
  return [
    ...new Map(rows.toReversed().map((row) => [JSON.stringify(row), row])).values(),
  ].toReversed();
}

function groupsBy(rows, keyOf) {
  const keys = [...new Set(rows.map(keyOf))];
  return keys.map((key) => [key, rows.filter((row) => keyOf(row) === key)]);
}

function ofRegion(rows, name) {
  return rows.filter(({ region }) => region === name);
}

function sum(rows, of) {
  return rows.reduce((total, row) => total + of(row), 0);
}

function unitsOf({ quantity }) {
  return Number(quantity);
}

function centsOf({ quantity, unit_price: price }) {
  return Math.round(Number(quantity) * Number(price) * 100);
}

function csv(names, records) {
  return [names, ...records].map((record) => `${record.map(csvCell).join(",")}\n`).join("");
}

function csvCell(value) {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function line(cells) {
  return `| ${cells.join(" | ")} |\n`;
}

function money(cents) {
  return (cents / 100).toFixed(2);
}

function firstDifference(found, expected) {
  const lines = expected.split("\n");
  return found.split("\n").findIndex((text, i) => text !== lines[i]) + 1;
}
