import { analyse, tableFromColumns } from "clustrial";
import { deriveColumns, parsePlan } from "clustrial/plan";
import { describeDerived, renderText } from "clustrial/report";

// Six practices of three patients; three practices were trained, at 600 each. One patient's visits were never counted.
const patients = Array.from({ length: 18 }, (_, i) => i);
const data = tableFromColumns({
  practice: patients.map((i) => `practice ${1 + (i % 6)}`),
  arm: patients.map((i) => (i % 6 < 3 ? "usual" : "trained")),
  visits: patients.map((i) => (i === 7 ? null : (i * 5) % 7)),
  baseline: patients.map((i) => 0.5 + ((i * 3) % 5) / 20),
  year_end: patients.map((i) => 0.5 + ((i * 7) % 6) / 20 + (i % 6 < 3 ? 0 : 0.1)),
});
const asked = {
  trial: { cluster: "practice", arm: "arm", control: "usual" },
  derive: {
    cost: {
      resources: { visits: { price: 36, year: 2021, currency: "GBP" } },
      intervention: { training: { arm: "trained", perCluster: 600, year: 2023 } },
      priceYear: 2023,
      index: { 2021: 110, 2023: 121 },
    },
    qalys: { utilities: ["baseline", "year_end"], times: [0, 12], unit: "months" },
  },
  analyses: [
    { id: "cost", outcome: "cost", method: "cluster-robust" },
    { id: "QALYs", outcome: "qalys", covariates: ["baseline"], method: "cluster-robust" },
  ],
} as const;

const { derived } = deriveColumns(parsePlan({ clustrial: 1, data: "trial.csv", ...asked }), data);
console.log(renderText(describeDerived(derived[0]!)));

for (const { id, estimates, sample } of analyse({ data, ...asked }).analyses) {
  console.log(`${id}: ${estimates![0]!.value.toFixed(3)} more in ${sample!.participants} patients`);
}

/* Prints:
cost: cost per participant

  money     GBP, prices of 2023
  discount  none: everything falls in the first year

  arm      item      unit cost  mean use  participants  mean cost   share
  trained  visits        39.60     3.333             9     132.00   39.8%
  trained  training          –         –             9     200.00   60.2%
  trained  total             –         –             9     332.00  100.0%
  usual    visits        39.60     2.625             6     103.95  100.0%
  usual    training          –         –             0       0.00    0.0%
  usual    total             –         –             8     103.95  100.0%

  missing   1 without visits (usual)
cost: 228.050 more in 17 patients
QALYs: 0.125 more in 18 patients
*/
