import { InputProblem } from "../../contract/problem.ts";
import { buildFrame } from "../../data/buildFrame.ts";
import type { Frame, Outcome } from "../../data/frame.ts";
import type { Column, Table } from "../../data/table.ts";
import type { RandomStream } from "../../numerics/random/randomStream.ts";
import { gammaSize } from "./clusterSizes.ts";
import type { OutcomeDraw } from "./outcomeDraw.ts";
import type { SimulationSettings } from "./simulationSettings.ts";

/** Which clusters a simulated trial has; the first `intervention` of them are treated. */
export interface TrialShape {
  readonly clusters: number;
  readonly intervention: number;
  /** Participants of cluster j, drawn where sizes vary. */
  sizeOf(stream: RandomStream, j: number): number;
  /** Is the size of every cluster the same in every trial? */
  readonly fixed: boolean;
}

/** @throws InputProblem `invalid-value` when sizes are listed for another number of clusters. */
export function trialShape({ clusters, sizes }: Pick<SimulationSettings, "clusters" | "sizes">): TrialShape {
  const all = typeof clusters === "number" ? clusters : clusters.control + clusters.intervention;
  const intervention = typeof clusters === "number" ? Math.ceil(clusters / 2) : clusters.intervention;
  const arms = { clusters: all, intervention };
  if (typeof sizes === "number") return { ...arms, fixed: true, sizeOf: () => sizes };
  if (!Array.isArray(sizes)) {
    return { ...arms, fixed: sizes.cv === 0, sizeOf: (stream) => gammaSize(stream, sizes.mean, sizes.cv) };
  }
  if (sizes.length !== all) {
    throw new InputProblem("invalid-value", {
      path: "simulation.sizes",
      found: `a list of ${sizes.length}`,
      expected: `one for each of ${all} clusters`,
      nearest: null,
    });
  }
  return { ...arms, fixed: true, sizeOf: (_, j) => sizes[j]! };
}

/** Names of the columns of a simulated trial. */
const simulatedColumns = { cluster: "cluster", arm: "arm", outcome: "outcome" } as const;

/** The rows of one simulated trial: each cluster's size, then its effect and its participants, cluster after cluster. */
export interface DrawnTrial {
  readonly sizes: Int32Array;
  /** By cluster; longer than the rows that are used. */
  readonly values: Float64Array;
  readonly rows: number;
}

/** Draws trials into memory that it uses again: a trial is gone when the next is drawn. */
export function trialDrawer(shape: TrialShape, outcome: OutcomeDraw): (stream: RandomStream) => DrawnTrial {
  const sizes = new Int32Array(shape.clusters);
  let values = new Float64Array(64);
  return (stream) => {
    let rows = 0;
    for (let j = 0; j < shape.clusters; j++) {
      const size = shape.sizeOf(stream, j);
      sizes[j] = size;
      if (rows + size > values.length) {
        const larger = new Float64Array(2 * (rows + size));
        larger.set(values);
        values = larger;
      }
      outcome.draw(stream, j < shape.intervention, size, values, rows);
      rows += size;
    }
    return { sizes, values, rows };
  };
}

/** A drawn trial as a table: cluster 1, 2, …; arm 1 treated, 0 control; outcome. */
export function tableOf({ intervention }: TrialShape, { sizes, values, rows }: DrawnTrial): Table {
  const cluster = new Float64Array(rows);
  const arm = new Float64Array(rows);
  let at = 0;
  for (let j = 0; j < sizes.length; j++) {
    cluster.fill(j + 1, at, at + sizes[j]!);
    arm.fill(j < intervention ? 1 : 0, at, at + sizes[j]!);
    at += sizes[j]!;
  }
  const columns = { cluster, arm, outcome: values.slice(0, rows) };
  return {
    source: "simulated",
    rows,
    columns: new Map(
      Object.entries(columns).map(([name, numbers]): [string, Column] => [
        name,
        { kind: "number", name, values: numbers },
      ]),
    ),
    lines: null,
  };
}

/**
 * Frames of drawn trials. Where sizes are fixed only the outcomes differ, and all else is built once.
 *
 * @param groupings that the method's options name
 */
export function frameMaker(
  shape: TrialShape,
  kind: OutcomeDraw["kind"],
  groupings: readonly (readonly string[])[],
): (trial: DrawnTrial) => Frame {
  const { cluster, arm, outcome: name } = simulatedColumns;
  const roles = { outcome: name, cluster, arm, control: 0, groupings };
  /** With any outcomes that differ: those drawn, which may be all alike, take their place. */
  const build = (trial: DrawnTrial): Frame =>
    buildFrame(tableOf(shape, { ...trial, values: Float64Array.from({ length: trial.rows }, (_, i) => i % 2) }), roles);
  let kept: Frame | null = null;
  return (trial) => {
    const outcome = outcomeOf(kind, name, trial.values.slice(0, trial.rows));
    // Nobody has seen this frame yet; a copy would compute its fingerprint.
    if (!shape.fixed) return Object.assign(build(trial), { outcome });
    kept ??= { ...build(trial) };
    return { ...kept, outcome };
  };
}

function outcomeOf(kind: OutcomeDraw["kind"], name: string, values: Float64Array): Outcome {
  if (kind === "binary") return { kind, name, event: "1", values };
  return kind === "count" ? { kind, name, exposure: null, values } : { kind: "continuous", name, values };
}
