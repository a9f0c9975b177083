import { analyse, renderText, sideBySide } from "clustrial";
import { readCsvFile } from "clustrial/data/node";

// One outcome, analysed in four ways: how much does the choice of method matter?
const shared = { outcome: "ycont", covariates: ["y0"] } as const;
const { analyses } = analyse({
  data: await readCsvFile("fixtures/trials/simulated-24/data.csv"),
  trial: { cluster: "cluster", arm: "arm" },
  analyses: [
    { id: "mixed model", ...shared, method: "linear-mixed-model" },
    { id: "CR2 variance", ...shared, method: "cluster-robust" },
    { id: "cluster means", ...shared, method: "cluster-summary" },
    { id: "cluster means by size", ...shared, method: "cluster-summary", options: { weights: "size" } },
  ],
});

console.log(renderText(sideBySide(analyses)));

/* Prints:
side by side: mean-difference of arm[1] (ycont)

  analysis               estimate  interval       test                P  average over
  mixed model                4.08  -0.18 to 8.34  t(21.5) = 1.99  0.060  clusters, by precision
  CR2 variance               3.14  -2.53 to 8.81  t(15.2) = 1.18  0.256  participants
  cluster means              4.08  -0.18 to 8.35  t(22) = 1.99    0.060  clusters
  cluster means by size      3.14  -1.07 to 7.35  t(22) = 1.55    0.137  participants
*/
