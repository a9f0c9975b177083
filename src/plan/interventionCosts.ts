import { InputProblem } from "../contract/problem.ts";
import { cellText } from "../data/place.ts";
import { requireLevel } from "../data/usedColumn.ts";
import { discountFactor } from "../economics/costing/discountFactor.ts";
import { spreadCosts } from "../economics/costing/spreadCosts.ts";
import { keyPath } from "../trial/parseInput.ts";
import type { WrittenIntervention } from "./deriveSchema.ts";
import { labelsOf, numbersAt, type RowLabels, type TrialRows } from "./rowsOfTrial.ts";

interface Priced {
  readonly item: string;
  /** Of one unit, in the money of the result. */
  readonly unitCost: number;
  /** Cost of the resources per row, NaN where incomplete; null when there are none. */
  readonly complete: Float64Array | null;
  readonly rate: number | null;
}

/**
 * What one cost of the intervention comes to for each participant: 0 in arms that do not bear it, NaN where arm or
 * cluster is unknown.
 *
 * @throws InputProblem `cost-basis`, `cost-not-shared`, `arm-needed-for-costs`, `unknown-level`, `unknown-column`,
 *   `participant-repeated`, `cluster-cost-varies`, `patients-invalid`.
 */
export function interventionCosts(
  rows: TrialRows,
  path: string,
  written: WrittenIntervention,
  { item, unitCost, complete, rate }: Priced,
): Float64Array {
  const { table, plan, inside } = rows;
  const { perCluster, perArm, perParticipant } = written;
  checkBasis(path, written);
  if (plan.trial.arm === undefined) throw new InputProblem("costs-need-arm", { path });
  oneRowEach(rows);
  const factor = unitCost * discountFactor(written.followUpYear ?? 1, rate, item);
  const cluster = labelsOf(rows, plan.trial.cluster, "trial.cluster");
  const arm = labelsOf(rows, plan.trial.arm, "trial.arm");
  const cost = new Float64Array(table.rows).fill(Number.NaN);
  for (const row of inside) if (arm.codes[row]! >= 0 && cluster.codes[row]! >= 0) cost[row] = 0;
  const bearing = Array.isArray(written.arm) ? written.arm : [written.arm];
  for (const label of bearing) {
    const code = requireLevel(plan.trial.arm, arm.levels, label, "to bear the cost of the intervention");
    const members = inside.filter((row) => arm.codes[row] === code && cluster.codes[row]! >= 0);
    if (perParticipant !== undefined) {
      for (const row of members) cost[row] = perParticipant * factor;
      continue;
    }
    const bears = new Uint8Array(cluster.levels.length);
    for (const row of members) bears[cluster.codes[row]!] = 1;
    const perPatient = spreadCosts({
      amount:
        perArm ??
        (typeof perCluster === "number"
          ? new Float64Array(bears.length).fill(perCluster)
          : ofClusters(rows, perCluster!, keyPath(path, ["perCluster"]), cluster, members)),
      patients: patientsOf(rows, path, written, cluster, members, complete),
      bears,
      among: written.among ?? "cluster",
    });
    for (const row of members) cost[row] = perPatient[cluster.codes[row]!]! * factor;
  }
  return cost;
}

function checkBasis(path: string, written: WrittenIntervention): void {
  const given = (["perCluster", "perArm", "perParticipant"] as const).filter((key) => written[key] !== undefined);
  if (given.length !== 1) throw new InputProblem("cost-basis", { path, given });
  const refuse = (key: "over" | "among", basis: string) => {
    if (written[key] !== undefined) throw new InputProblem("cost-not-shared", { path, key, basis });
  };
  if (given[0] === "perParticipant") refuse("over", "per participant");
  if (given[0] !== "perCluster") refuse("among", given[0] === "perArm" ? "per arm" : "per participant");
}

/** Costs are shared among participants, so that each must be one row. */
function oneRowEach(rows: TrialRows): void {
  const { participant, cluster } = rows.plan.trial;
  if (participant === undefined) return;
  const names = labelsOf(rows, participant, "trial.participant");
  const clusters = labelsOf(rows, cluster, "trial.cluster");
  const seen = new Set<string>();
  for (const row of rows.inside) {
    if (names.codes[row] === -1) continue;
    const key = `${clusters.codes[row]} ${names.codes[row]}`;
    if (seen.has(key)) {
      throw new InputProblem("participant-repeated", {
        ...rows.placeOf(row),
        column: participant,
        participant: names.levels[names.codes[row]!]!,
      });
    }
    seen.add(key);
  }
}

function patientsOf(
  rows: TrialRows,
  path: string,
  { over = "participants" }: WrittenIntervention,
  cluster: RowLabels,
  members: Int32Array,
  complete: Float64Array | null,
): Float64Array {
  if (typeof over === "object") {
    const counts = ofClusters(rows, over.column, keyPath(path, ["over", "column"]), cluster, members);
    const row = members.find((i) => counts[cluster.codes[i]!]! <= 0);
    if (row === undefined) return counts;
    throw new InputProblem("patients-invalid", {
      ...rows.placeOf(row),
      column: over.column,
      cell: cellText(rows.table, over.column, row),
      cluster: cluster.levels[cluster.codes[row]!]!,
    });
  }
  const counts = new Float64Array(cluster.levels.length);
  for (const row of members) {
    if (over === "complete" && complete !== null && Number.isNaN(complete[row]!)) continue;
    counts[cluster.codes[row]!]! += 1;
  }
  return counts;
}

/** A figure of clusters from a column that repeats it in every row; NaN where no row has it. */
function ofClusters(
  rows: TrialRows,
  name: string,
  path: string,
  cluster: RowLabels,
  members: Int32Array,
): Float64Array {
  const { values } = numbersAt(rows, name, path, "a figure of the cluster").column;
  const found = new Float64Array(cluster.levels.length).fill(Number.NaN);
  for (const row of members) {
    const value = values[row]!;
    const j = cluster.codes[row]!;
    if (Number.isNaN(value)) continue;
    if (value < 0) {
      throw new InputProblem("cluster-figure-negative", {
        ...rows.placeOf(row),
        column: name,
        cell: String(value),
        cluster: cluster.levels[j]!,
      });
    }
    if (Number.isNaN(found[j]!)) found[j] = value;
    else if (found[j] !== value) {
      throw new InputProblem("cluster-cost-varies", {
        ...rows.placeOf(row),
        column: name,
        cluster: cluster.levels[j]!,
        first: String(found[j]!),
        second: String(value),
      });
    }
  }
  return found;
}
