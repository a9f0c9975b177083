import { analyse, describeAnalysis, renderText } from "clustrial";
import { readCsvFile } from "clustrial/data/node";

// 27 litters randomised as a whole to three doses: one estimate per dose, and a joint test of both.
const { analyses } = analyse({
  data: await readCsvFile("fixtures/trials/ratpup/data.csv"),
  trial: { cluster: "Litter", arm: "Treatment", control: "Control" },
  analyses: [{ id: "birth weight", outcome: "weight", covariates: ["sex", "Lsize"], method: "linear-mixed-model" }],
});

console.log(renderText(describeAnalysis(analyses[0]!)));

/* Prints:
birth weight: Linear mixed model

  mean-difference (weight)  estimate  95% interval      test                  P
  Treatment[High]             -0.859  -1.234 to -0.484  t(24.5) = -4.72  <0.001
  Treatment[Low]              -0.429  -0.740 to -0.117  t(22.4) = -2.85   0.009

  arm                clusters  participants     SD   mean
  Control (control)        10           131  0.745  6.325
  High                      7            65  0.644  5.886
  Low                      10           126  0.427  5.928

  clusters    27 with 322 participants; sizes 2 to 18, mean 11.9, coefficient of variation 0.350
  ICC         0.3743 (reml, identity scale), 95% interval 0.209 to 0.499 (profile)
  variance    Litter: intercept 0.09740 (SD 0.3121), 95% interval of the SD 0.2106 to 0.3978
  variance    residual 0.1628 (SD 0.4035), 95% interval of the SD 0.3723 to 0.4374
  joint test  Treatment[High], Treatment[Low]: F(2, 23.7) = 11.58, P <0.001
  variant     estimation reml, random 1 | Litter, covariance bounded, inference kenward-roger,
              inferenceVariant kr97-linear-expected
  estimand    precision-weighted average, marginal mean-difference

  coefficient        value      SE     df    lower    upper       P
  intercept          7.951   0.273   31.5    7.394    8.507  <0.001
  Treatment[High]   -0.859   0.182   24.5   -1.234   -0.484  <0.001
  Treatment[Low]    -0.429   0.150   22.4   -0.740   -0.117   0.009
  sex[Male]         0.3591  0.0475  301.5   0.2655   0.4526  <0.001
  Lsize            -0.1290  0.0188   31.0  -0.1674  -0.0906  <0.001
*/
