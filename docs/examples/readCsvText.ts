import { analyse, readCsvText } from "clustrial";

// No file system: text from a form, a drop target or a worker. Patient rows never leave the machine.
const text = `practice,score
a,12
a,14
b,19
b,23
c,15
c,NA
`;

const { analyses } = analyse({
  data: readCsvText(text),
  trial: { cluster: "practice" },
  analyses: [{ outcome: "score", method: "icc", options: { estimator: "anova" } }],
});

const { icc, sample } = analyses[0]!;
console.log(`ICC ${icc?.value.toFixed(3)} (${icc?.estimator}), ${sample?.rows} rows in ${sample?.clusters} clusters`);
console.log(sample?.excluded);

/* Prints:
ICC 0.781 (anova), 5 rows in 3 clusters
[{"reason":"missing outcome","arm":null,"rows":1}]
*/
