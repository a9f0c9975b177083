import { expect, test } from "vitest";
import { columnSource, concatenateColumns, interceptSource } from "../../src/data/columnSource.ts";
import { caught } from "./caught.ts";

test("columns side by side, any block, with stride and offset", () => {
  const source = concatenateColumns(
    interceptSource(4),
    columnSource([[1, 2, 3, 4], Float64Array.of(5, 6, 7, 8)]),
    columnSource([[9, 10, 11, 12]]),
  );
  expect([source.rows, source.width]).toEqual([4, 4]);
  const out = new Float64Array(12).fill(-1);
  source.fill(1, 3, out, 6, 1);
  expect([...out]).toEqual([-1, 1, 2, 6, 10, -1, -1, 1, 3, 7, 11, -1]);
});

test("sources of different lengths do not go together", () => {
  expect(caught(() => concatenateColumns(interceptSource(3), columnSource([[1, 2]]))).code).toBe("defect");
  expect(caught(() => columnSource([[1, 2], [1]])).code).toBe("defect");
});
