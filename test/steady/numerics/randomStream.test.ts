import { expect, it } from "vitest";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";

// Our own output, first drawn with Node 20 on x86-64: every engine and every later version has to draw the same bits,
// or published simulations and rebuilt fixtures change under their seeds.
it("draws the same numbers for ever", () => {
  const stream = randomStream(20230420, 3);
  const draws = (count: number, draw: () => number) => Array.from({ length: count }, draw);
  expect(draws(5, stream.uint32)).toEqual([3279312341, 4159387022, 1095433976, 3317041253, 3704854237]);
  expect(draws(5, stream.uniform)).toEqual([
    0.8331811673177697, 0.5207707036106438, 0.17692297898470322, 0.628212993646949, 0.2507141287606468,
  ]);
  expect(draws(12, stream.normal)).toEqual([
    0.9413690804455399, -0.733227860282167, 0.8032375104339721, 0.08690451126651275, 0.29609434516711475,
    0.6108198867305079, 0.5112428982641463, -1.86332979656024, -0.18477753753619747, 0.4313876828713393,
    -0.18391747107725367, 0.06826429868149005,
  ]);
  expect(draws(5, stream.exponential)).toEqual([
    7.470455579363484, 0.10535145446679656, 0.6745337887216396, 1.46329576322868, 1.910429879439595,
  ]);
  expect(draws(12, () => stream.integer(39))).toEqual([6, 28, 6, 12, 30, 13, 17, 3, 34, 7, 37, 36]);
  const array = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  stream.shuffle(array);
  expect(array).toEqual([5, 8, 9, 7, 4, 1, 2, 3, 0, 6]);

  let total = 0;
  const long = randomStream(1);
  for (let i = 0; i < 100_000; i++) total += long.normal();
  expect(total).toBe(161.25303607459307);
});
