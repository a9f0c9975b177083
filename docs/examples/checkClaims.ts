import { analyse, tableFromRows } from "clustrial";

// Published figures go in as printed; each is compared with the computed value to the printed precision.
const score = { a: [1, 3], b: [4, 4], c: [5, 5], d: [8, 10] };
const rows = Object.entries(score).flatMap(([practice, scores]) =>
  scores.map((y) => ({ practice, arm: practice < "c" ? "control" : "active", y })),
);

const { analyses } = analyse({
  data: tableFromRows(rows),
  trial: { cluster: "practice", arm: "arm" },
  analyses: [
    {
      outcome: "y",
      method: "cluster-summary",
      expect: { effect: { value: "4.0", interval: ["-5.62", "13.62"], p: "0.21" }, byArm: { active: { mean: "7.0" } } },
    },
  ],
});

for (const { path, published, agrees, allowed } of analyses[0]!.claims ?? []) {
  console.log(`${path}: published ${published} ${agrees ? "agrees" : `disagrees, allowed ${allowed.join(" to ")}`}`);
}

/* Prints:
effect.value: published 4.0 agrees
effect.interval[0]: published -5.62 agrees
effect.interval[1]: published 13.62 agrees
effect.p: published 0.21 disagrees, allowed 0.205 to 0.215
byArm.active.mean: published 7.0 agrees
*/
