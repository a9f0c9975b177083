import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasDecimalComma, parseNumber } from "../../src/data/parseNumber.ts";

describe("parseNumber", () => {
  test.each([
    ["3", 3],
    ["-3", -3],
    ["+2", 2],
    [".5", 0.5],
    ["5.", 5],
    ["-.5", -0.5],
    ["1e5", 100000],
    ["1E-3", 0.001],
    ["007", 7],
    ["0", 0],
    ["0e0", 0],
    ["1000000000000.4", 1000000000000.4],
    ["9007199254740991", 9007199254740991],
  ])("%s is a number", (cell, value) => {
    expect(parseNumber(cell)).toBe(value);
  });

  test.each([
    "",
    " ",
    "x",
    "0x10",
    "0X1F",
    "0b1",
    "0o7",
    "Infinity",
    "-Infinity",
    "NaN",
    "1,5",
    "1 000",
    "1_000",
    "1e",
    "e5",
    "--1",
    "1.2.3",
    "1e999",
    "£3",
    "3%",
    "true",
  ])("%j is none", (cell) => {
    expect(parseNumber(cell)).toBeNaN();
  });

  test("identifiers too long for a double stay words, so that two of them never become one", () => {
    expect(parseNumber("9007199254740993")).toBeNaN();
    expect(parseNumber("-9007199254740992")).toBeNaN();
    expect(parseNumber("9007199254740993.0")).toBe(9007199254740992);
  });

  test("every finite double survives being written and read", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        fc.pre(!Number.isInteger(value) || Number.isSafeInteger(value));
        expect(parseNumber(String(value))).toBe(value + 0 === 0 ? 0 : value);
      }),
    );
  });
});

test.each([
  ["3,5", true],
  ["-0,25", true],
  [",5", true],
  ["1,250", true],
  ["1.250,75", true],
  ["1,250.75", true],
  ["3,5e-4", true],
  ["3.5", false],
  ["a,b", false],
  ["1, 2", false],
  [",", false],
  ["1,2,3", false],
])("%j has a decimal comma: %s", (cell, expected) => {
  expect(hasDecimalComma(cell)).toBe(expected);
});
