import type { Frame } from "../../data/frame.ts";
import type { DrawnClusters } from "../../data/resampleClusters.ts";
import { clusterMultiplicity, drawUnits } from "../../inference/bootstrap/resamplingUnits.ts";
import type { Replicates } from "../../inference/replicates/replicates.ts";
import { type RandomStream, randomStream } from "../../numerics/random/randomStream.ts";
import type { Simulated } from "../method.ts";
import type { BootstrapUnits } from "./bootstrapUnits.ts";
import { canonicalRows } from "./canonicalOrder.ts";
import type { ResampledEstimates } from "./resampledEstimates.ts";

/** Estimates from data drawn by one stream; false where there are none. */
export type Draw = (stream: RandomStream, out: Float64Array) => boolean;

/** Replicate k from stream k of the seed; NaN throughout one without an answer. */
export function replicatesOf(draw: Draw, count: number, width: number, seed: number): Replicates {
  return {
    count,
    width,
    run(from, to, out) {
      for (let k = from; k < to; k++) {
        const own = out.subarray((k - from) * width, (k - from + 1) * width);
        if (!draw(randomStream(seed, k), own)) own.fill(Number.NaN);
      }
    },
  };
}

/** Whole clusters (or pairs), each with the participants it has. */
export function clusterDraw(units: BootstrapUnits, estimates: ResampledEstimates): Draw {
  const counts = new Int32Array(units.members.length);
  const multiplicity = new Int32Array(units.clusters);
  return (stream, out) => {
    drawUnits(units, stream, counts);
    clusterMultiplicity(units, counts, multiplicity);
    return estimates.weighted(multiplicity, out);
  };
}

/**
 * Whole clusters (or pairs), and for each of them as many of its participants as it has, with replacement; all rows of a
 * participant who has several.
 */
export function twoStageDraw(units: BootstrapUnits, frame: Frame, estimates: ResampledEstimates): Draw {
  const counts = new Int32Array(units.members.length);
  const people = participantsByCluster(frame);
  return (stream, out) => {
    drawUnits(units, stream, counts);
    const from: number[] = [];
    const pairs: number[] = [];
    const rows: number[] = [];
    const participants: number[] = [];
    const ends: number[] = [];
    let pair = 0;
    for (const group of units.groups)
      for (const unit of group)
        for (let copy = 0; copy < counts[unit]!; copy++, pair++)
          for (const j of units.members[unit]!) {
            const own = people[j]!;
            for (let k = 0; k < own.length; k++)
              for (const row of own[stream.integer(own.length)]!) {
                rows.push(row);
                participants.push(k);
              }
            from.push(j);
            pairs.push(pair);
            ends.push(rows.length);
          }
    const drawn: DrawnClusters = {
      from: Int32Array.from(from),
      pairs: frame.pair === null ? null : Int32Array.from(pairs),
      rows: Int32Array.from(rows),
      ends: Int32Array.from(ends),
      participants: frame.participant === null ? null : Int32Array.from(participants),
    };
    return estimates.drawn(drawn, out);
  };
}

/** Rows of each participant of each cluster, in an order that the data decide. */
function participantsByCluster(frame: Frame): readonly (readonly (readonly number[])[])[] {
  const { participant } = frame;
  return canonicalRows(frame).map((rows) => {
    if (participant === null) return Array.from(rows, (row) => [row]);
    const own = new Map<number, number[]>();
    for (const row of rows) own.set(participant.codes[row]!, [...(own.get(participant.codes[row]!) ?? []), row]);
    return [...own.values()];
  });
}

/** The same participants with an outcome drawn from the fitted model. */
export function parametricDraw(simulated: Simulated, frame: Frame, estimates: ResampledEstimates): Draw {
  return (stream, out) => {
    const values = new Float64Array(frame.rows);
    simulated.draw(stream, values);
    return estimates.of({ ...frame, outcome: { ...frame.outcome, values } }, out);
  };
}
