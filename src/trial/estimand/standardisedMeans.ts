import type { Frame } from "../../data/frame.ts";
import type { FixedEffectInference } from "../../inference/fixedEffectInference.ts";
import { multiply, quadraticForm } from "../../numerics/matrix/product.ts";
import type { ArmMeans } from "./armMeans.ts";
import { predictRows } from "./predictRows.ts";
import type { WorkingModel } from "./workingModel.ts";

/** Below this share of what it would be without cancellation, the variance of a contrast is rounding. */
const NO_VARIANCE = 1e-24;

/**
 * Marginal means by standardisation over the covariates of the analysed rows (g-computation), with the delta method:
 *
 *   r_a = Σᵢ wᵢ m(xᵢ(a); ψ)/Σᵢ wᵢ,   g_a = ∂r_a/∂ψ,   Cov(T(r)) = S V Sᵀ,   S with rows T′(r_a) g_a
 *
 * xᵢ(a): row i of the design had its cluster been in arm a (had it level a of what is compared); V: covariance of ψ; T: the scale of the measure. Covariates
 * are taken as fixed. Degrees of freedom and joint tests are those of the contrasts cᵀS of ψ: under CR2 Satterthwaite's.
 *
 * @param weights wᵢ, length rows
 */
export function standardisedMeans(
  frame: Frame,
  model: WorkingModel,
  inference: FixedEffectInference,
  weights: Float64Array,
): ArmMeans {
  const arms = frame.compared!.levels.length;
  const q = model.parameters.length;
  const p = frame.design.width;
  const means = new Float64Array(arms);
  const gradients = new Float64Array(arms * q);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (let arm = 0; arm < arms; arm++) {
    const gradient = gradients.subarray(arm * q, (arm + 1) * q);
    let sum = 0;
    predictRows(frame, model, arm, (row, mean, derivatives, block, at) => {
      const share = weights[row]! / total;
      sum += share * mean;
      const slope = share * derivatives[0]!;
      for (let k = 0; k < p; k++) gradient[k]! += slope * block[at + k]!;
      for (let k = p; k < q; k++) gradient[k]! += share * derivatives[1 + k - p]!;
    });
    means[arm] = sum;
  }
  return {
    means,
    on: (scale) => {
      const slopes = gradients.map((value, e) => value * scale.slope(means[Math.floor(e / q)]!));
      const ofParameters = (contrasts: Float64Array) => {
        const rows = contrasts.length / arms;
        const out = new Float64Array(rows * q);
        multiply(contrasts, slopes, rows, arms, q, out);
        return out;
      };
      return {
        standardError: (contrast) => standardError(inference.covariance, ofParameters(contrast)),
        df: (contrast) => inference.df(ofParameters(contrast)),
        test: (contrasts, values) => inference.test(ofParameters(contrasts), values),
      };
    },
  };
}

/** √(gᵀVg), 0 when that is nothing but rounding of its terms. */
function standardError(covariance: Float64Array, gradient: Float64Array): number {
  const q = gradient.length;
  const variance = quadraticForm(covariance, gradient, q);
  let scale = 0;
  for (let k = 0; k < q; k++) scale += Math.abs(gradient[k]!) * Math.sqrt(Math.max(0, covariance[k * q + k]!));
  return variance > NO_VARIANCE * scale * scale ? Math.sqrt(variance) : 0;
}
