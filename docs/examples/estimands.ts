import { analyse, tableFromColumns } from "clustrial";

// Six practices an arm, three with 4 patients and three with 12. The new treatment helps where practices are small, and
// hardly where they are large: what its effect is depends on whether patients count alike or practices do.
const practices = [
  { arm: "usual", patients: 4, well: [1, 2, 0] },
  { arm: "usual", patients: 12, well: [3, 6, 1] },
  { arm: "new", patients: 4, well: [3, 4, 2] },
  { arm: "new", patients: 12, well: [3, 7, 2] },
].flatMap(({ arm, patients, well }) => well.map((recovered) => ({ arm, patients, recovered })));
const rows = practices.flatMap(({ arm, patients, recovered }, practice) =>
  Array.from({ length: patients }, (_, i) => ({ practice, arm, well: i < recovered ? 1 : 0 })),
);

const asked = {
  outcome: { name: "well", event: 1 },
  measure: "risk-difference",
  method: "standardisation",
} as const;
const { analyses } = analyse({
  data: tableFromColumns({
    practice: rows.map((row) => row.practice),
    arm: rows.map((row) => row.arm),
    well: rows.map((row) => row.well),
  }),
  trial: { cluster: "practice", arm: "arm", control: "usual" },
  analyses: [
    { id: "patients", ...asked },
    { id: "practices", ...asked, options: { estimand: "cluster-average" } },
    { id: "exchangeable GEE", ...asked, options: { model: "gee" } },
    {
      id: "the same GEE, robust",
      ...asked,
      options: { model: "gee", estimand: "cluster-average", augmentation: "model-robust" },
    },
  ],
});

for (const { id, estimates, estimand } of analyses) {
  console.log(`${id}: ${estimates![0]!.value.toFixed(3)}, ${estimand!.population}, ${estimand!.contrast}`);
}

/* Prints:
patients: 0.167, participant-average, marginal
practices: 0.278, cluster-average, marginal
exchangeable GEE: 0.214, precision-weighted, marginal
the same GEE, robust: 0.278, cluster-average, marginal
*/
