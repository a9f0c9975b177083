import { analyse, InputProblem, tableFromColumns } from "clustrial";

const data = tableFromColumns({ practice: ["a", "b"], arm: ["control", "active"], y: [1, 2] });

// What you can mend is thrown, with the key, what was found there, and the nearest thing that exists.
try {
  analyse({
    data,
    trial: { cluster: "practise", arm: "arm" },
    analyses: [{ outcome: "y", method: "cluster-summary" }],
  });
} catch (problem) {
  if (problem instanceof InputProblem) console.log(problem.code, "–", problem.message);
}

// What the data cannot answer is the problem of that analysis; the others go on.
const { analyses } = analyse({
  data,
  trial: { cluster: "practice", arm: "arm" },
  analyses: [{ outcome: "y", method: "cluster-summary" }],
});
console.log(analyses[0]!.problem?.code, "–", analyses[0]!.problem?.message);

/* Prints:
unknown-column – trial.cluster: data has no column "practise"; did you mean "practice"?
no-degrees-of-freedom – 2 clusters leave no degrees of freedom for 2 cluster-level coefficients; drop a cluster-level covariate or pool strata
*/
