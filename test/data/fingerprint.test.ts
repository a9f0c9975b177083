import { expect, test } from "vitest";
import { fingerprintOf } from "../../src/data/fingerprint.ts";
import { readCsvText } from "../../src/data/readCsv.ts";

const table = readCsvText("id,arm,y\n1,b,0.5\n2,a,NA\n10,a,3\n");
const of = (text: string, names = ["id", "arm", "y"]) => fingerprintOf(readCsvText(text), names);

test("depends on the values of the columns used and on nothing else", () => {
  const base = fingerprintOf(table, ["id", "arm", "y"]);
  expect(base).toMatch(/^[0-9a-f]{64}$/);
  expect(fingerprintOf(table, ["y", "id", "arm", "y"])).toBe(base);
  expect(of("y;more;arm;id\r\n.50;x;b;1\r\n;y;a;2\r\n3e0;z;a;010\r\n")).toBe(base);
  expect(of("id,arm,y\n1,b,0.5\n2,a,NA\n10,a,3.0000001\n")).not.toBe(base);
  expect(of("id,arm,y\n2,a,NA\n1,b,0.5\n10,a,3\n")).not.toBe(base);
  expect(of("id,arm,y\n1,b,0.5\n2,c,NA\n10,c,3\n")).not.toBe(base);
  expect(of("id,arm,z\n1,b,0.5\n2,a,NA\n10,a,3\n", ["id", "arm", "z"])).not.toBe(base);
  expect(fingerprintOf(table, ["id", "arm"])).not.toBe(base);
});

test("a zero has one sign", () => {
  expect(of("y\n-0\n1\n", ["y"])).toBe(of("y\n0\n1\n", ["y"]));
});
