import { audit } from "clustrial";

// Figures as a paper prints them, and nothing else: can they all be true?
const { audits } = audit([
  {
    id: "satisfaction",
    clusters: 16,
    effect: { value: "8.3", interval: ["1.3", "15.3"], level: 0.95, p: "0.023" },
  },
]);

console.log(audits[0]!.compatibleDf);
for (const { message } of audits[0]!.findings) console.log(message);

/* Prints:
[[11,31]]
A normal reference is impossible: it would give P = 0.01925 to 0.02103, not 0.023; the figures fit t with 11 to 31 degrees of freedom
*/
