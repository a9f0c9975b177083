import { describe, expect, test } from "vitest";
import type { Problem } from "../../../src/contract/problem.ts";
import { columnSource } from "../../../src/data/columnSource.ts";
import { groupingFromLabels } from "../../../src/data/groupingOf.ts";
import { estimatingVariance } from "../../../src/inference/estimatingEquations/estimatingVariance.ts";
import { binomial, gamma, gaussian, poisson } from "../../../src/models/family/family.ts";
import { identityLink, logitLink, logLink } from "../../../src/models/family/link.ts";
import { fitGee, type GeeData } from "../../../src/models/gee/fitGee.ts";
import { workingCorrelations } from "../../../src/models/gee/workingCorrelation.ts";
import { fitGeneralisedLinear } from "../../../src/models/generalised/fitGeneralisedLinear.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { caught } from "../../data/caught.ts";

/** Binary rows with few covariate patterns, so that many rows repeat each other. */
function repeating(seed: number, clusters: number): GeeData {
  const stream = randomStream(seed);
  const rows: { cluster: number; arm: number; old: number; event: number; offset: number; weight: number }[] = [];
  for (let j = 0; j < clusters; j++) {
    const effect = 0.7 * stream.normal();
    for (let i = 0; i < 2 + stream.integer(20); i++) {
      const old = stream.integer(3);
      const eta = -0.5 + effect + 0.4 * (j % 2) + 0.3 * old;
      const event = stream.uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0;
      rows.push({ cluster: j, arm: j % 2, old, event, offset: 0.1 * (j % 3), weight: 1 + (old % 2) });
    }
  }
  const column = (name: keyof (typeof rows)[number]) => Float64Array.from(rows, (row) => row[name]);
  return {
    terms: ["intercept", "arm", "old"],
    design: columnSource([column("arm").fill(1), column("arm"), column("old")]),
    response: { values: column("event"), weights: column("weight"), offset: column("offset") },
    cluster: groupingFromLabels("practice", Array.from(column("cluster"))),
    family: binomial,
    link: logitLink,
    correlation: workingCorrelations.exchangeable,
    moments: "n",
  };
}

describe("fitGee", () => {
  test("rows that repeat each other give the same as one by one", () => {
    const data = repeating(3, 15);
    for (const moments of ["n", "n-p"] as const) {
      const together = fitGee({ ...data, moments });
      const apart = fitGee({ ...data, moments, correlation: { ...data.correlation, ordered: true } });
      expect(together.alpha! / apart.alpha!).toBeCloseTo(1, 10);
      expect(together.dispersion / apart.dispersion).toBeCloseTo(1, 12);
      const variances = [together, apart].map(({ parts }) => estimatingVariance(parts, "kauermann-carroll").covariance);
      together.coefficients.forEach((b, k) => {
        expect(b / apart.coefficients[k]!).toBeCloseTo(1, 10);
        expect(variances[0]![k * 4]! / variances[1]![k * 4]!).toBeCloseTo(1, 10);
      });
    }
  });

  test("at the solution scores sum to zero, and the information of all clusters is the identity", () => {
    const { parts } = fitGee(repeating(5, 12));
    const score = new Float64Array(3);
    const information = new Float64Array(9);
    const total = new Float64Array(3);
    const all = new Float64Array(9);
    for (let j = 0; j < parts.clusters; j++) {
      parts.fill(j, score, information);
      score.forEach((s, k) => {
        total[k]! += s;
      });
      information.forEach((g, k) => {
        all[k]! += g;
      });
    }
    total.forEach((s) => {
      expect(s).toBeCloseTo(0, 11);
    });
    all.forEach((g, k) => {
      expect(g).toBeCloseTo(k % 4 === 0 ? 1 : 0, 12);
    });
  });

  test("independence is the generalised linear model", () => {
    const data = repeating(7, 12);
    for (const [family, link] of [
      [binomial, logitLink],
      [poisson, logLink],
      [gaussian, identityLink],
    ] as const) {
      const ours = fitGee({ ...data, family, link, correlation: workingCorrelations.independence });
      const glm = fitGeneralisedLinear(data, family, link);
      ours.coefficients.forEach((b, k) => {
        expect(b).toBeCloseTo(glm.coefficients[k]!, 10);
      });
      const model = estimatingVariance(ours.parts, "robust").covariance;
      const theirs = estimatingVariance(glm.estimatingParts, "robust").covariance;
      model.forEach((v, k) => {
        expect(v / theirs[k]!).toBeCloseTo(1, 8);
      });
    }
  });

  test("a start that fails by itself is made from the maximum under independence", () => {
    // One cluster with counts a million times those of the others: scoring from the common mean overshoots.
    const labels = Array.from({ length: 40 }, (_, i) => Math.floor(i / 4));
    const x = Float64Array.from(labels, (j) => (j === 9 ? 14 : j % 2));
    const values = Float64Array.from(labels, (j, i) => (j === 9 ? 2e6 + i : 1 + (i % 3)));
    const fit = fitGee({
      terms: ["intercept", "x"],
      design: columnSource([x.map(() => 1), x]),
      response: { values, weights: null, offset: null },
      cluster: groupingFromLabels("practice", labels),
      family: poisson,
      link: logLink,
      correlation: workingCorrelations.independence,
      moments: "n",
    });
    expect(fit.coefficients[1]).toBeGreaterThan(0.5);
  });

  test("an ar1 correlation of any size is found; autocorrelation of neighbours alone under n-p", () => {
    const stream = randomStream(11);
    for (const rho of [-0.9, -0.4, 0.3, 0.97]) {
      const labels: number[] = [];
      const values: number[] = [];
      for (let j = 0; j < 60; j++) {
        let last = stream.normal();
        for (let i = 0; i < 25; i++) {
          labels.push(j);
          values.push(5 + last);
          last = rho * last + Math.sqrt(1 - rho * rho) * stream.normal();
        }
      }
      const data: GeeData = {
        terms: ["intercept"],
        design: columnSource([new Float64Array(values.length).fill(1)]),
        response: { values: Float64Array.from(values), weights: null, offset: null },
        cluster: groupingFromLabels("series", labels),
        family: gaussian,
        link: identityLink,
        correlation: workingCorrelations.ar1,
        moments: "n",
      };
      expect(Math.abs(fitGee(data).alpha! - rho)).toBeLessThan(0.1);
      expect(Math.abs(fitGee({ ...data, moments: "n-p" }).alpha! - rho)).toBeLessThan(0.1);
    }
  });

  test("few unlike clusters of costs, where α and β swing: the answer still solves both equations", () => {
    for (let seed = 1; seed <= 25; seed++) {
      const stream = randomStream(seed);
      const labels: number[] = [];
      const x: number[] = [];
      const values: number[] = [];
      for (let j = 0; j < 6; j++) {
        const effect = 3 * stream.normal();
        for (let i = 0; i < [1, 2, 5, 10, 12, 20][j]!; i++) {
          labels.push(j);
          x.push(stream.normal());
          values.push(Math.exp(2 * stream.normal() + effect));
        }
      }
      const { exchangeable } = workingCorrelations;
      const data: GeeData = {
        terms: ["intercept", "x"],
        design: columnSource([x.map(() => 1), x]),
        response: { values: Float64Array.from(values), weights: null, offset: null },
        cluster: groupingFromLabels("practice", labels),
        family: gamma,
        link: logLink,
        correlation: exchangeable,
        moments: "n",
      };
      let fit: ReturnType<typeof fitGee>;
      try {
        fit = fitGee(data);
      } catch (problem) {
        expect((problem as Problem).code).toBe("correlation-out-of-range");
        continue;
      }
      const score = new Float64Array(2);
      const sum = new Float64Array(2);
      for (let j = 0; j < 6; j++) {
        fit.parts.fill(j, score, new Float64Array(4));
        sum[0]! += score[0]!;
        sum[1]! += score[1]!;
      }
      expect(Math.hypot(sum[0]!, sum[1]!) / Math.sqrt(fit.parts.dispersion)).toBeLessThan(1e-8);
      // Moments at the means of this β give this α.
      const mean = x.map((each) => Math.exp(fit.coefficients[0]! + fit.coefficients[1]! * each));
      const residuals = values.map((y, i) => y / mean[i]! - 1);
      const dispersion = residuals.reduce((total, r) => total + r * r, 0) / residuals.length;
      let products = 0;
      let pairs = 0;
      residuals.forEach((r, i) => {
        for (let k = i + 1; k < residuals.length && labels[k] === labels[i]; k++) {
          products += r * residuals[k]!;
          pairs += 1;
        }
      });
      expect(fit.alpha! - products / pairs / dispersion).toBeCloseTo(0, 8);
    }
  });

  test("refuses a correlation that is none for the largest cluster", () => {
    const labels = [...new Array<number>(8).fill(0), 1, 1, 2, 2, 3, 3];
    const values = Float64Array.from(labels, (_, i) => (i % 2 === 0 ? 1 : -1) + 0.01 * i);
    const data: GeeData = {
      terms: ["intercept"],
      design: columnSource([values.map(() => 1)]),
      response: { values, weights: null, offset: null },
      cluster: groupingFromLabels("practice", labels),
      family: gaussian,
      link: identityLink,
      correlation: workingCorrelations.exchangeable,
      moments: "n",
    };
    const found = caught(() => fitGee(data));
    expect(found.code).toBe("correlation-out-of-range");
    expect(found.message).toContain("-0.143 to 1.00, where it is a correlation for a cluster of 8 rows");
  });
});
