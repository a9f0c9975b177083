import { DesignProblem } from "../contract/problem.ts";
import { accumulateTotal } from "./accumulateMoments.ts";
import type { Design } from "./design.ts";
import { type Dependency, findDependencies } from "./findDependencies.ts";
import { pilotShift } from "./pilotShift.ts";

/**
 * Refuses a design in which some column is a combination of others, naming both: its coefficient would be arbitrary.
 *
 * @throws DesignProblem `rank-deficient`.
 */
export function requireFullRank(design: Design): void {
  const names = design.terms.map((term) => term.name);
  const shift = pilotShift(names, design, []);
  const dependencies = findDependencies(names, accumulateTotal(design, shift), shift);
  if (dependencies.length > 0) {
    throw new DesignProblem("rank-deficient", {
      columns: dependencies.map((each) => each.column),
      dependencies: dependencies.map(sayDependency),
    });
  }
}

/** "region[Plymouth] = intercept − region[Exeter]". */
export function sayDependency({ column, on }: Dependency): string {
  const sum = on.map(({ column: other, coefficient }, k) => {
    const size = Math.abs(coefficient);
    const sign = coefficient < 0 ? "−" : "+";
    const product = Math.abs(size - 1) < 1e-9 ? other : `${Number(size.toPrecision(4))}·${other}`;
    return k === 0 ? (coefficient < 0 ? `−${product}` : product) : `${sign} ${product}`;
  });
  return `${column} = ${on.length === 0 ? "0" : sum.join(" ")}`;
}
