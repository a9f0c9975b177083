import { expect, test } from "vitest";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import { fitMixedModel, type MixedFit } from "../../../src/models/mixed/fitMixedModel.ts";
import { mixedLayoutOf, mixedStructureOf, structureFor } from "../../../src/models/mixed/mixedStructureOf.ts";
import { varianceProfiles } from "../../../src/models/mixed/profileLikelihood.ts";
import { randomEffects } from "../../../src/models/mixed/randomEffects.ts";
import { expandRandomTerm, parseRandomTerm } from "../../../src/models/mixed/randomFormula.ts";
import { trialTable } from "../../support/trials.ts";

const examples = [
  { trial: "sleepstudy", cluster: "Subject", outcome: "Reaction", covariates: ["Days"], random: "1 | Subject" },
  { trial: "sleepstudy", cluster: "Subject", outcome: "Reaction", covariates: ["Days"], random: "Days | Subject" },
  { trial: "pastes", cluster: "batch", outcome: "strength", covariates: [], random: "1 | batch/cask" },
] as const;

const close = (ours: ArrayLike<number>, theirs: ArrayLike<number>, digits = 1e-8) => {
  const scale = Math.max(...Array.from(theirs, Math.abs));
  expect(ours.length).toBe(theirs.length);
  for (let k = 0; k < theirs.length; k++) expect(Math.abs(ours[k]! - theirs[k]!)).toBeLessThan(digits * scale);
};

for (const { trial, cluster, outcome, covariates, random } of examples) {
  for (const estimation of ["reml", "ml"] as const) {
    test(`rows weighted by the inverse of their estimated variance have the same ${estimation} fit: ${trial}, ${random}`, () => {
      const terms = [parseRandomTerm(random)];
      const each = terms.flatMap(expandRandomTerm);
      const frame = buildFrame(trialTable(trial), {
        cluster,
        outcome,
        covariates,
        groupings: each.map((term) => term.path),
        extraColumns: each.flatMap((term) => term.effects).filter((effect) => effect !== "intercept"),
      });
      const free = fitMixedModel(mixedStructureOf(frame, terms), { estimation, covariance: "bounded" });
      const weights = new Float64Array(frame.rows).fill(1 / free.residualVariance);
      const structure = structureFor(
        mixedLayoutOf(frame, terms),
        { name: outcome, values: frame.outcome.values },
        weights,
      );
      const known = fitMixedModel(structure, { estimation, covariance: "bounded", residualVariance: 1 });
      const again = fitMixedModel(structure, { estimation, covariance: "bounded", residualVariance: 1 }, known);
      for (const fit of [known, again]) {
        expect(fit.residualVariance).toBe(1);
        expect(Math.abs(fit.criterion - free.criterion)).toBeLessThan(1e-9 * Math.abs(free.criterion));
        close(fit.algebra.beta, free.algebra.beta);
        close(fit.parts.covariance, free.parts.covariance);
        fit.covariances.forEach((matrix, l) => {
          close(matrix, free.covariances[l]!, 1e-7);
        });
        expectLeadingParts(fit, free);
        randomEffects(fit).forEach((effects, l) => {
          close(effects.values, randomEffects(free)[l]!.values, 1e-7);
          close(effects.conditionalVariances, randomEffects(free)[l]!.conditionalVariances, 1e-7);
        });
      }
    });
  }
}

/** Parts in the variances of the random effects do not depend on whether the residual's was estimated. */
function expectLeadingParts({ parts: known }: MixedFit, { parts: free }: MixedFit) {
  const c = known.components;
  expect(free.components).toBe(c + 1);
  expect(known.first.length).toBe(c);
  expect(known.second.length).toBe(c * c);
  for (let i = 0; i < c; i++) {
    close(known.first[i]!, free.first[i]!, 1e-7);
    for (let k = 0; k < c; k++) {
      close(known.second[i * c + k]!, free.second[i * (c + 1) + k]!, 1e-7);
      for (const name of ["expectedInformation", "observedInformation"] as const)
        close([known[name][i * c + k]!], [free[name][i * (c + 1) + k]!], 1e-6);
    }
  }
}

test("profile limits leave the deviance 3.84 above its least, and a known residual variance has none", () => {
  const frame = buildFrame(trialTable("dyestuff"), { cluster: "Batch", outcome: "Yield" });
  const layout = mixedLayoutOf(frame, []);
  const values = frame.outcome.values.map((y) => y / 50);
  const structure = structureFor(layout, { name: "Yield", values }, null);
  const fit = fitMixedModel(structure, { estimation: "ml", covariance: "bounded", residualVariance: 1 });
  const profiles = varianceProfiles(fit, 0.95);
  expect(profiles.residual).toBeNull();
  const limits = profiles.effects[0]![0]!;
  // Balanced: −2 log L = J log(1 + nτ²) + SSB/(1 + nτ²) + constant.
  const moments = structure.moments.cross;
  const sums = Array.from({ length: 6 }, (_, j) => moments[j * 4 + 1]!);
  const mean = sums.reduce((s, v) => s + v, 0) / 6;
  const between = sums.reduce((s, v) => s + (v - mean) ** 2, 0) / 5;
  const deviance = (sd: number) => 6 * Math.log(1 + 5 * sd * sd) + between / (1 + 5 * sd * sd);
  const best = Math.sqrt((between / 6 - 1) / 5);
  expect(Math.sqrt(fit.covariances[0]![0]!)).toBeCloseTo(best, 10);
  for (const limit of [limits.lower, limits.upper])
    expect(deviance(limit) - deviance(best)).toBeCloseTo(3.841458820694124, 7);
});
