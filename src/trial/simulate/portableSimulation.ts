import type { RegisteredMethod } from "../method.ts";
import { type Simulation, simulationOf } from "./simulation.ts";
import type { SimulationSettings } from "./simulationSettings.ts";

/** A simulation as plain data, so that it can go to a worker. */
export interface PortableSimulation {
  readonly kind: "simulation";
  readonly settings: SimulationSettings;
}

export const portableSimulation = ({ settings }: Simulation): PortableSimulation => ({ kind: "simulation", settings });

export const simulationFrom = ({ settings }: PortableSimulation, list: readonly RegisteredMethod[]): Simulation =>
  simulationOf(settings, list);
