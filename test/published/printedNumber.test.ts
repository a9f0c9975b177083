import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputProblem } from "../../src/contract/problem.ts";
import { agrees, printLike } from "../../src/published/agreement.ts";
import { compareDecimals, decimalText, exactDecimal, roundHalfAway } from "../../src/published/exactDecimal.ts";
import { printedInterval } from "../../src/published/printedNumber.ts";

describe("exactDecimal", () => {
  test("expands doubles as IEEE 754 defines them", () => {
    expect(decimalText(exactDecimal(0.1))).toBe("0.1000000000000000055511151231257827021181583404541015625");
    expect(decimalText(exactDecimal(-0.375))).toBe("-0.375");
    expect(decimalText(exactDecimal(2 ** 80))).toBe("1208925819614629174706176");
    expect(decimalText(exactDecimal(0))).toBe("0");
    expect(decimalText(exactDecimal(-0))).toBe("0");
    expect(exactDecimal(5e-324).scale).toBe(1074);
  });

  test("agrees with the engine's own expansion wherever toFixed is exact", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (x) => {
        const exact = exactDecimal(x);
        expect(Number(decimalText(exact))).toBe(x === 0 ? 0 : x);
        expect(compareDecimals(exact, exactDecimal(-x))).toBe(Math.sign(x) || 0);
      }),
    );
  });

  test("rounds half away from zero, to negative places too", () => {
    expect(roundHalfAway(exactDecimal(0.125), 2)).toBe(13n);
    expect(roundHalfAway(exactDecimal(-0.125), 2)).toBe(-13n);
    expect(roundHalfAway(exactDecimal(0.5), 0)).toBe(1n);
    expect(roundHalfAway(exactDecimal(2.5), 0)).toBe(3n);
    expect(roundHalfAway(exactDecimal(150), -2)).toBe(2n);
    expect(roundHalfAway(exactDecimal(149.99), -2)).toBe(1n);
  });
});

describe("printedInterval", () => {
  const cases: readonly [string, string, number, number | null, number | null][] = [
    ["0.25", "0.25", 2, 0.245, 0.255],
    ["−0.25", "-0.25", 2, -0.255, -0.245],
    ["–0.25", "-0.25", 2, -0.255, -0.245],
    ["+0.03", "0.03", 2, 0.025, 0.035],
    ["0.10", "0.10", 2, 0.095, 0.105],
    ["0.1", "0.1", 1, 0.05, 0.15],
    ["0.00", "0.00", 2, -0.005, 0.005],
    ["−0.00", "0.00", 2, -0.005, 0.005],
    [".05", "0.05", 2, 0.045, 0.055],
    ["0·819", "0.819", 3, 0.8185, 0.8195],
    ["£63", "63", 0, 62.5, 63.5],
    ["-£63", "-63", 0, -63.5, -62.5],
    ["£-63", "-63", 0, -63.5, -62.5],
    ["1,250", "1250", 0, 1249.5, 1250.5],
    ["12,345,678.9", "12345678.9", 1, 12345678.85, 12345678.95],
    ["1 250", "1250", 0, 1249.5, 1250.5],
    ["85.3%", "85.3", 1, 85.25, 85.35],
    ["44 %", "44", 0, 43.5, 44.5],
    ["<0.001", "0.001", 3, null, 0.001],
    ["< 0.001", "0.001", 3, null, 0.001],
    [">0.99", "0.99", 2, 0.99, null],
    ["1.2e-05", "0.000012", 6, 0.0000115, 0.0000125],
    ["1.2e5", "120000", -4, 115000, 125000],
  ];
  test.each(cases)("%s", (text, plain, decimals, low, high) => {
    expect(printedInterval(text)).toMatchObject({ text, plain, decimals, low, high });
  });

  test("knows which end prints so", () => {
    expect(printedInterval("0.25")).toMatchObject({ lowIncluded: true, highIncluded: false });
    expect(printedInterval("-0.25")).toMatchObject({ lowIncluded: false, highIncluded: true });
    expect(printedInterval("0.0")).toMatchObject({ lowIncluded: false, highIncluded: false });
    expect(printedInterval("≤0.05")).toMatchObject({ low: null, highIncluded: true });
    expect(printedInterval("<0.05")).toMatchObject({ low: null, highIncluded: false });
  });

  test.each([
    "",
    " ",
    "-",
    "NS",
    "NaN",
    "Infinity",
    "0,25",
    "1,25",
    "1,2500",
    "0,123",
    "1.2.3",
    "5.",
    "--5",
    "-£-5",
    "0.25 to 0.31",
    "0x10",
    "%",
    "<",
    "1e9999999999",
    `1${"0".repeat(80)}`,
    "p=0.02",
  ])("refuses %j", (text) => {
    expect(() => printedInterval(text)).toThrow(InputProblem);
    expect(() => printedInterval(text)).toThrow(/is not a printed number/);
  });

  test("a decimal comma is named as such", () => {
    expect(() => printedInterval("0,25")).toThrow(/decimal point instead of the comma/);
  });
});

describe("agrees", () => {
  const cases: readonly [number, string, boolean][] = [
    [0.125, "0.13", true],
    [0.125, "0.12", false],
    [-0.125, "-0.13", true],
    [-0.125, "−0.12", false],
    [0.5, "1", true],
    [-0.5, "-1", true],
    [0.5, "0", false],
    // The double nearest to 0.245 lies below it, the one nearest to 1.005 too; the one nearest to 0.115 lies above.
    [0.245, "0.25", false],
    [0.245, "0.24", true],
    [1.005, "1.00", true],
    [0.115, "0.12", true],
    [0.14, "0.1", true],
    [0.14, "0.10", false],
    [0.1, "0.10", true],
    [-0.004, "0.00", true],
    [-0.004, "-0.00", true],
    [-0, "0", true],
    [0.004, "-0.00", true],
    [-0.005000001, "0.00", false],
    [99.5, "100", true],
    [99.49999999999999, "100", false],
    [0.0009999, "<0.001", true],
    [0.0010001, "<0.001", false],
    [0, "<0.001", true],
    [0.991, ">0.99", true],
    [0.5, "<0.5", false],
    [0.5, "≤0.5", true],
    [0.5, ">=0.5", true],
    [63.49, "£63", true],
    [1250.4, "1,250", true],
    [1250.5, "1,250", false],
    [85.345, "85.3%", true],
    [0.853, "85.3%", false],
    [0.0302, "+0.03", true],
    [-0.0302, "+0.03", false],
    [Number.NaN, "0.0", false],
    [Number.POSITIVE_INFINITY, ">0.99", false],
    [4.35, "4.35", true],
    [1e21, "1000000000000000000000", true],
    [123456, "1.2e5", true],
    [125000, "1.2e5", false],
  ];
  test.each(cases)("%d beside %s: %s", (computed, text, expected) => {
    expect(agrees(computed, text)).toBe(expected);
  });

  const printed = fc.tuple(fc.integer({ min: -99999, max: 99999 }), fc.integer({ min: 0, max: 6 }));
  const textOf = (digits: number, decimals: number) => decimalText({ digits: BigInt(digits), scale: decimals });

  test("law: a value agrees with its own printing and with no other of the same decimals", () => {
    fc.assert(
      fc.property(fc.double({ min: -1000, max: 1000, noNaN: true }), printed, (x, [digits, decimals]) => {
        const claim = printedInterval(textOf(digits, decimals));
        const own = printLike(x, claim);
        expect(agrees(x, own)).toBe(true);
        expect(agrees(x, claim)).toBe(own === claim.plain);
        expect(agrees(-x, printedInterval(textOf(-digits, decimals)))).toBe(agrees(x, claim));
      }),
    );
  });

  test("law: agreement is membership of the interval, ends included as stated", () => {
    fc.assert(
      fc.property(printed, fc.double({ min: -2, max: 2, noNaN: true }), ([digits, decimals], units) => {
        const claim = printedInterval(textOf(digits, decimals));
        const x = claim.value + units * 10 ** -decimals;
        const [low, high] = [claim.lowText!, claim.highText!].map((text) => {
          const end = printedInterval(text);
          return compareDecimals(exactDecimal(x), { digits: end.digits, scale: end.decimals });
        });
        const inside =
          (low! > 0 || (low === 0 && claim.lowIncluded)) && (high! < 0 || (high === 0 && claim.highIncluded));
        expect(agrees(x, claim)).toBe(inside);
      }),
    );
  });
});
