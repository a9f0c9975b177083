import { analyse, describeAnalysis, renderText } from "clustrial";
import { readCsvFile } from "clustrial/data/node";

const { analyses } = analyse({
  data: await readCsvFile("fixtures/trials/simulated-24/data.csv"),
  trial: { cluster: "cluster", arm: "arm", strata: ["stratum"] },
  columns: { stratum: { type: "categorical" } },
  analyses: [{ outcome: "ycont", covariates: ["y0", "stratum"], method: "linear-mixed-model" }],
});

console.log(renderText(describeAnalysis(analyses[0]!)));

/* Prints:
linear-mixed-model: Linear mixed model

  mean-difference (ycont)  estimate  95% interval  test                P
  arm[1]                       4.09  0.56 to 7.62  t(19.1) = 2.43  0.025

  arm          clusters  participants    SD  mean
  0 (control)        12           267  11.1  19.7
  1                  12           278  12.2  22.8

  clusters    24 with 545 participants; sizes 6 to 66, mean 22.7, coefficient of variation 0.656
  ICC         0.1046 (reml, identity scale), 95% interval 0.0314 to 0.1772 (profile)
  variance    cluster: intercept 11.35 (SD 3.370), 95% interval of the SD 1.79 to 4.54
  variance    residual 97.16 (SD 9.857), 95% interval of the SD 9.279 to 10.476
  joint test  stratum[2], stratum[3]: F(2, 19.0) = 6.23, P = 0.008
  variant     estimation reml, random 1 | cluster, covariance bounded, inference kenward-roger,
              inferenceVariant kr97-linear-expected
  estimand    precision-weighted average, marginal mean-difference

  coefficient   value      SE     df   lower   upper       P
  intercept     -4.01    2.67  105.1   -9.30    1.28   0.136
  arm[1]         4.09    1.69   19.1    0.56    7.62   0.025
  y0           0.4906  0.0542  532.7  0.3842  0.5970  <0.001
  stratum[2]     5.85    2.06   19.0    1.53   10.16   0.011
  stratum[3]     6.71    2.07   18.9    2.38   11.05   0.004
*/
