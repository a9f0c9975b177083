/** Figures of trials that never were: what a user might type. Each test starts from a copy. */
export interface FiguresFile {
  clustrial: number;
  rebuild: string;
  title: string;
  seed?: number;
  treated?: string;
  control?: string;
  columns?: Record<string, string>;
  published: {
    source: string;
    design?: Record<string, unknown>;
    outcomes: Record<string, Record<string, unknown>>;
  };
  assumed: Record<string, unknown>;
}

const because = "made up for this test";

const design = (clusters: readonly [number, number], participants: readonly [number, number]) => ({
  byArm: {
    intervention: { clusters: clusters[0], participants: participants[0] },
    control: { clusters: clusters[1], participants: participants[1] },
  },
});

const file = (
  name: string,
  designOf: Record<string, unknown>,
  outcomes: Record<string, Record<string, unknown>>,
  assumed: Record<string, unknown>,
): FiguresFile => ({
  clustrial: 1,
  rebuild: name,
  title: `Made-up trial ${name}`,
  seed: 11,
  published: { source: "nobody", design: designOf, outcomes },
  assumed,
});

/** Continuous, baseline and factor, mixed model: unequal arms. */
export const adjusted = (): FiguresFile =>
  file(
    "adjusted",
    design([14, 9], [210, 97]),
    {
      score: {
        byArm: { intervention: { mean: "11.4", sd: "5.2" }, control: { mean: "12.9", sd: "5.9" } },
        effect: { value: "-1.10", interval: ["-2.61", "0.41"], p: "0.14" },
      },
    },
    {
      sizes: { cv: 0.7, because },
      factors: { area: { levels: ["north", "south"], because } },
      outcomes: { score: { baseline: { name: "before", correlation: 0.5, mean: 14, sd: 5 }, because } },
    },
  );

/** No covariates: the estimate can only move with cluster size. */
export const unadjusted = (): FiguresFile =>
  file(
    "unadjusted",
    design([8, 8], [120, 140]),
    {
      weight: {
        byArm: { intervention: { mean: "81.3", sd: "14.0" }, control: { mean: "84.0", sd: "13.1" } },
        effect: { value: "-2.9", interval: ["-8.9", "3.1"] },
      },
    },
    { sizes: { cv: 0.5, because }, outcomes: { weight: { analysis: { method: "cluster-summary" }, because } } },
  );

/** Everybody's differences of arm means, by least squares with a cluster-robust variance. */
export const robust = (): FiguresFile =>
  file(
    "robust",
    design([20, 22], [480, 500]),
    {
      points: {
        byArm: { intervention: { mean: "3.20", sd: "1.10" }, control: { mean: "2.95", sd: "1.05" } },
        effect: { value: "0.25", interval: ["0.02", "0.48"], p: "0.03" },
      },
    },
    {
      sizes: { cv: 0.3, because },
      outcomes: { points: { analysis: { method: "cluster-robust" }, because } },
    },
  );

/** Solved by the baseline's correlation at a stated ICC, 90% interval, another name for each arm. */
export const correlated = (): FiguresFile => ({
  ...file(
    "correlated",
    {
      byArm: { "new care": { clusters: 12, participants: 144 }, "old care": { clusters: 12, participants: 150 } },
    },
    {
      hads: {
        byArm: {
          "new care": { mean: "6.1", sd: "3.9", analysed: 120 },
          "old care": { mean: "7.2", sd: "4.1", analysed: 130 },
        },
        effect: { value: "-0.8", interval: ["-1.8", "0.2"], level: 0.9 },
      },
    },
    {
      sizes: { cv: 0, because },
      outcomes: {
        hads: {
          icc: 0.05,
          solve: "correlation",
          baseline: { name: "hads_before", correlation: 0.4, mean: 10, sd: 4 },
          because,
        },
      },
    },
  ),
  treated: "new care",
  control: "old care",
});

/** Counts with means, standard deviations and a P value. */
export const counts = (): FiguresFile =>
  file(
    "counts",
    design([10, 10], [150, 160]),
    {
      visits: {
        type: "count",
        byArm: { intervention: { mean: "1.43", sd: "1.71" }, control: { mean: "2.06", sd: "2.09" } },
        p: "0.041",
      },
    },
    { outcomes: { visits: { analysis: { method: "cluster-summary" }, because } } },
  );

/** Yes or no, as a difference of proportions. */
export const binary = (): FiguresFile =>
  file(
    "binary",
    design([15, 15], [300, 310]),
    {
      remission: {
        type: "binary",
        byArm: { intervention: { events: 141 }, control: { events: 115 } },
        effect: { value: "0.10", interval: ["0.00", "0.20"], p: "0.046" },
      },
    },
    { outcomes: { remission: { analysis: { method: "cluster-robust" }, because } } },
  );

/** Skewed costs, sizes given one by one. */
export const costs = (): FiguresFile =>
  file(
    "costs",
    design([5, 6], [40, 50]),
    {
      cost: {
        type: "cost",
        byArm: { intervention: { mean: "£1,250", sd: "£900" }, control: { mean: "£980", sd: "£1,100" } },
        effect: { value: "£270", interval: ["-£260", "£800"] },
      },
    },
    {
      sizes: { byArm: { intervention: [4, 12, 8, 9, 7], control: [3, 3, 10, 14, 12, 8] }, because },
      outcomes: { cost: { analysis: { method: "cluster-robust" }, because } },
    },
  );
