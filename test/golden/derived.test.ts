import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/data/tableFromColumns.ts";
import { tableFromRows } from "../../src/data/tableFromColumns.ts";
import type { ArmCosts } from "../../src/economics/costing/costBreakdown.ts";
import { deriveColumns } from "../../src/plan/deriveColumns.ts";
import { parseScript } from "../../src/plan/parsePlan.ts";

interface DerivedCase {
  readonly name: string;
  readonly trial: object;
  readonly where?: object;
  readonly derive: object;
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  readonly values: readonly (number | null)[];
  readonly arms?: readonly ArmCosts[];
}

const folder = new URL("../../fixtures/golden/", import.meta.url);
const root = new URL("../../", import.meta.url);

describe.each(["costing", "qaly"])("%s beside R", (area) => {
  const files = readdirSync(new URL(`${area}/`, folder));
  const cases = files.flatMap((file) => {
    const { origin, cases } = JSON.parse(readFileSync(new URL(`${area}/${file}`, folder), "utf8"));
    expect(existsSync(new URL(origin.script, root))).toBe(true);
    return (cases as readonly DerivedCase[]).map((each) => ({ file, ...each }));
  });

  test.each(cases)("$file: $name", ({ trial, where, derive, rows, values, arms }) => {
    const plan = parseScript({
      trial,
      ...(where === undefined ? {} : { where }),
      derive: { made: derive },
      analyses: [{ outcome: "made", method: "cluster-summary" }],
    });
    const { table, derived } = deriveColumns(plan, tableFromRows(rows));
    const column = table.columns.get("made")!;
    if (column.kind !== "number") throw new Error("a derived column holds numbers");
    const off = values.flatMap((value, i) => {
      const own = column.values[i]!;
      const agrees = value === null ? Number.isNaN(own) : Math.abs(own - value) <= 2e-14 * Math.max(1, Math.abs(value));
      return agrees ? [] : [`row ${i + 1}: ${own}, R ${value}`];
    });
    expect(off).toEqual([]);
    for (const expected of arms ?? []) {
      const own = derived[0]!.arms.find(({ arm }) => arm === expected.arm)! as ArmCosts;
      expect(own.participants).toBe(expected.participants);
      expect(own.meanCost).toBeCloseTo(expected.meanCost!, 10);
      expected.items.forEach((item, k) => {
        const found = own.items[k]!;
        expect(found.item).toBe(item.item);
        expect(found.users).toBe(item.users);
        for (const key of ["unitCost", "meanUse", "meanCost", "share"] as const) {
          if (item[key] == null) expect(found[key]).toBeNull();
          else expect(found[key]).toBeCloseTo(item[key], 10);
        }
      });
    }
  });
});
