/** Costs that arise once for a practice or for an arm, and the patients among whom they are shared. */
export interface SharedCost {
  /** Cost of each of the J clusters, before discounting; NaN where unknown. Or one sum for all of them together. */
  readonly amount: Float64Array | number;
  /** Patients of each of the J clusters among whom its cost is shared: participants, those eligible, or its list. */
  readonly patients: Float64Array;
  /** Does the cluster bear the cost? Length J: 1 or 0. */
  readonly bears: Uint8Array;
  /** "cluster": each over its own patients. "arm": the sum over the patients of all clusters that bear it. */
  readonly among: "cluster" | "arm";
}

/**
 * Cost per patient of each cluster, length J: 0 in clusters that do not bear it.
 *
 * - among "cluster": amountⱼ / patientsⱼ, so that a patient costs more where few share the practice's training;
 * - among "arm": Σ amount / Σ patients, the same everywhere in the arm.
 *
 * When patients are the participants themselves, both have the same mean over participants, Σ amount / Σ patients: they
 * differ in how the cost varies, within "cluster" also between practices. A sum for all is shared among the arm.
 */
export function spreadCosts({ amount, patients, bears, among }: SharedCost): Float64Array {
  const clusters = patients.length;
  const perPatient = new Float64Array(clusters);
  if (among === "cluster" && typeof amount !== "number") {
    for (let j = 0; j < clusters; j++) if (bears[j] === 1) perPatient[j] = amount[j]! / patients[j]!;
    return perPatient;
  }
  let total = typeof amount === "number" ? amount : 0;
  let shared = 0;
  for (let j = 0; j < clusters; j++) {
    if (bears[j] === 0) continue;
    if (typeof amount !== "number") total += amount[j]!;
    shared += patients[j]!;
  }
  for (let j = 0; j < clusters; j++) if (bears[j] === 1) perPatient[j] = total / shared;
  return perPatient;
}
