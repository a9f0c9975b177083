import { Defect } from "../../contract/problem.ts";
import type { Table } from "../../data/table.ts";
import type { Replicates } from "../../inference/replicates/replicates.ts";
import type { RegisteredMethod } from "../../trial/method.ts";
import { type PortableSimulation, simulationFrom } from "../../trial/simulate/portableSimulation.ts";
import { type PortableAnalysis, replicatesOfAnalysis } from "../portableAnalysis.ts";

/** What a worker of the library can be asked for. */
type Part = PortableAnalysis | PortableSimulation;

/** The replicates that a recipe describes, made with those methods. */
export const rebuildReplicates =
  (list: readonly RegisteredMethod[]) =>
  (shared: object | null, part: unknown): Replicates => {
    const asked = part as Part;
    if (asked.kind === "simulation") return simulationFrom(asked, list).replicates;
    if (shared === null) throw new Defect("A worker was asked for an analysis and has no table");
    return replicatesOfAnalysis(asked, shared as Table, list);
  };
