import { noncentralT } from "../../numerics/distributions/noncentralT.ts";
import { studentT } from "../../numerics/distributions/studentT.ts";
import { agrees } from "../agreement.ts";
import { auditEffect } from "../audit/auditEffect.ts";
import { auditVariances } from "../audit/auditVariances.ts";
import { numberOf } from "../audit/designFacts.ts";
import { overlap, type Range, shareOf } from "../audit/range.ts";
import { printedInterval } from "../printedNumber.ts";
import type { PublishedClaim, PublishedTrial } from "../publishedTrial.ts";
import type { DerivedClaim } from "./reproduction.ts";

/**
 * Published figures that follow from other figures of the same publication, without rows: P values from estimate and
 * interval with clusters − 2 degrees of freedom, intracluster correlations from variance components, power and inflated
 * sample sizes from planning tables. Agreement is that of ranges where the other figures are rounded themselves.
 */
export function derivedClaims(trials: readonly PublishedTrial[]): readonly DerivedClaim[] {
  return trials.flatMap((trial) =>
    trial.claims.flatMap((claim): readonly DerivedClaim[] =>
      [...pValues(claim, trial), ...correlations(claim), ...power(claim, trial), ...inflation(claim, trial)].map(
        (derived) => ({ ...derived, id: `${trial.id}/${claim.id} ${derived.id}`, remark: remarkOf(trial) }),
      ),
    ),
  );
}

type Unremarked = Omit<DerivedClaim, "remark">;

const remarkOf = ({ derived }: PublishedTrial): string | null =>
  typeof derived?.["reading"] === "string" ? derived["reading"] : null;

const ends = ({ low, high }: Range): readonly [number, number] => [low, high];

function pValues(claim: PublishedClaim, trial: PublishedTrial): readonly Unremarked[] {
  const published = claim.effect?.p;
  if (published === undefined || claim.effect?.interval === undefined) return [];
  const reading = auditEffect(claim, trial).readings.find(({ name }) => name === "t");
  if (reading?.p == null) return [];
  const basis = `estimate and interval, t with ${reading.df} degrees of freedom (${reading.clusters} clusters − 2)`;
  return [
    { id: "effect.p", published, computed: ends(reading.p), agrees: overlap(reading.p, shareOf(published)), basis },
  ];
}

/** A printed correlation that the printed variances were not made for is another model's, and no claim about these. */
function correlations(claim: PublishedClaim): readonly Unremarked[] {
  const { icc, readings } = auditVariances(claim);
  if (icc === null) return [];
  const fitting = readings.filter((reading) => reading.agrees);
  return (fitting.length > 0 ? fitting : readings).map(({ name, published, agrees: fits }) => ({
    id: name === "" ? "icc" : `icc.${name}`,
    published,
    computed: ends(icc),
    agrees: fits,
    basis: `between/(between + within) of ${claim.variances?.between} and ${claim.variances?.within}`,
  }));
}

/**
 * Power of a two-sided 5% test of two arms of J/2 clusters, noncentral t with J − 2 degrees of freedom:
 *
 *   λ = |θ₁ − θ₀| / √(Σₐ σₐ² (1 + (m − 1)ρₐ) / (m J/2)),   power = P(|T_{J−2, λ}| > t_{0.975})
 *
 * with m the cluster size less losses, σ² = p(1 − p) for proportions and 1 for a standardised difference.
 */
function power(claim: PublishedClaim, { design }: PublishedTrial): readonly Unremarked[] {
  const [clusters, size] = [numberOf(design.clusters), numberIn(design["clusterSize"])];
  const icc = design["icc"] as Readonly<Record<string, unknown>> | undefined;
  const rhos = [numberIn(icc?.["intervention"]), numberIn(icc?.["control"])];
  const published = claim.power;
  if (published === undefined || clusters === null || size === null || rhos.includes(null)) return [];
  const m = size * (1 - (shareIn(design["loss"]) ?? 0));
  const proportions = claim.proportions?.map((text) => shareIn(text) ?? 0);
  const difference = numberOf(claim.standardisedDifference);
  const effect = proportions === undefined ? difference : proportions[0]! - proportions[1]!;
  if (effect === null) return [];
  const variances = proportions?.map((share) => share * (1 - share)) ?? [1, 1];
  const error = Math.sqrt(
    variances.reduce((sum, variance, k) => sum + (variance * (1 + (m - 1) * rhos[k]!)) / ((m * clusters) / 2), 0),
  );
  const df = clusters - 2;
  const critical = studentT.quantileUpper(0.025, df);
  const ncp = Math.abs(effect) / error;
  const value = 100 * (noncentralT.upper(critical, df, ncp) + noncentralT.lower(-critical, df, ncp));
  const basis = `noncentral t with ${df} degrees of freedom, ${clusters} clusters of ${Number(m.toPrecision(3))} after losses`;
  return [{ id: "power", published, computed: [value, value], agrees: agrees(value, published), basis }];
}

/** Design effect 1 + (m − 1)ρ with the planned patients per doctor, and the patients it asks for. */
function inflation(claim: PublishedClaim, { design }: PublishedTrial): readonly Unremarked[] {
  const [doctors, patients] = [numberOf(claim.doctors), numberOf(claim.patients)];
  const [perArm, icc] = [numberIn(design["perArm"]), numberIn(design["icc"])];
  const inflated = design["inflation"];
  if (doctors === null || patients === null || perArm === null || icc === null || typeof inflated !== "string")
    return [];
  const size = patients / doctors;
  const effect = 1 + (size - 1) * icc;
  const needed = (2 * perArm * printedInterval(inflated).value) / (1 - (shareIn(design["dropout"]) ?? 0));
  return [
    {
      id: "inflation",
      published: inflated,
      computed: [effect, effect],
      agrees: agrees(effect, inflated),
      basis: `1 + (m − 1) × ${icc} with m = ${patients}/${doctors}`,
    },
    {
      id: "patients",
      published: claim.patients!,
      computed: [needed, needed],
      agrees: agrees(needed, claim.patients!),
      basis: `2 × ${perArm} × ${inflated}/(1 − dropout)`,
    },
  ];
}

const numberIn = (value: unknown): number | null =>
  typeof value === "number" ? value : typeof value === "string" ? printedInterval(value).value : null;

/** "20%" as 0.2, "0.2" as it is. */
function shareIn(value: unknown): number | null {
  const number = numberIn(value);
  return number !== null && typeof value === "string" && value.includes("%") ? number / 100 : number;
}
