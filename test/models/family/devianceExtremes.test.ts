import { expect, test } from "vitest";
import { binomial, gamma, negativeBinomialFamily, poisson } from "../../../src/models/family/family.ts";

/** A mean that vanishes beside the outcome costs much, but a finite amount: searches come from there. */
test.each([1e-5, 1e-12, 1e-17, 1e-40, 1e-200])("deviances of outcomes whose mean is nearly 0 (%d)", (mean) => {
  const close = (ours: number, exact: number) => expect(Math.abs(ours / exact - 1)).toBeLessThan(1e-13);
  close(poisson.deviance(7, mean), 2 * (7 * (Math.log(7) - Math.log(mean)) - 7 + mean));
  close(binomial.deviance(1, mean), -2 * Math.log(mean));
  close(gamma.deviance(mean, 3), 2 * (Math.log(3) - Math.log(mean) - 1 + mean / 3));
  close(
    negativeBinomialFamily(2).deviance(7, mean),
    2 * (7 * (Math.log(7) - Math.log(mean)) - 9 * (Math.log1p(3.5) - Math.log1p(mean / 2))),
  );
});
