import { describe, expect, test } from "vitest";
import { buildFrame } from "../../src/data/buildFrame.ts";
import { describeSample } from "../../src/data/describeSample.ts";
import type { Roles } from "../../src/data/roles.ts";
import { tableFromRows } from "../../src/data/tableFromColumns.ts";

/** Clusters of 3, 1 and 2 rows; the last row has no outcome. */
const rows = [
  { practice: "A", arm: "control", id: 1, y: 2, won: 1, d: 3, n: 10, t: 1 },
  { practice: "A", arm: "control", id: 1, y: 4, won: 0, d: 0, n: 20, t: 2 },
  { practice: "A", arm: "control", id: 2, y: 9, won: 1, d: 1, n: 5, t: 2 },
  { practice: "C", arm: "new", id: 1, y: 1e9 + 1, won: 0, d: 2, n: 8, t: 1 },
  { practice: "B", arm: "new", id: 1, y: 1e9 + 2, won: 1, d: 4, n: 9, t: 1 },
  { practice: "B", arm: "new", id: 1, y: 1e9 + 4, won: 1, d: 0, n: 1, t: 3 },
  { practice: "B", arm: "new", id: 3, y: null, won: null, d: null, n: 1, t: 3 },
];
const sampleOf = (roles: Partial<Roles>) =>
  describeSample(buildFrame(tableFromRows(rows), { outcome: "y", cluster: "practice", arm: "arm", ...roles }));

describe("describeSample", () => {
  test("continuous outcome, rows as participants", () => {
    const sample = sampleOf({});
    expect(sample).toMatchObject({ clusters: 3, participants: 6, rows: 6, control: "control" });
    expect(sample.excluded).toEqual([{ reason: "missing outcome", arm: "new", rows: 1 }]);
    expect(sample.byArm.map(({ mean, sd, ...rest }) => rest)).toEqual([
      { arm: "control", clusters: 1, participants: 3, events: null },
      { arm: "new", clusters: 2, participants: 3, events: null },
    ]);
    expect(sample.byArm[0]!.mean).toBe(5);
    expect(sample.byArm[0]!.sd).toBeCloseTo(Math.sqrt(13), 14);
    // 1e9 + 7/3 and √(7/3): large means keep the digits of the spread.
    expect(sample.byArm[1]!.mean).toBeCloseTo(1e9 + 7 / 3, 6);
    expect(sample.byArm[1]!.sd).toBeCloseTo(Math.sqrt(7 / 3), 6);
    expect(sample.clusterSize).toMatchObject({ min: 1, mean: 2, max: 3 });
    expect(sample.clusterSize.cv).toBeCloseTo(0.5, 14);
  });

  test("participants with several rows", () => {
    const sample = sampleOf({ participant: "id" });
    expect(sample).toMatchObject({ participants: 4, rows: 6 });
    expect(sample.byArm.map((arm) => arm.participants)).toEqual([2, 2]);
    expect(sample.clusterSize).toMatchObject({ min: 1, max: 2 });
    expect(sample.clusterSize.mean).toBeCloseTo(4 / 3, 14);
  });

  test("binary outcome: proportion and events", () => {
    const { byArm } = sampleOf({ outcome: { name: "won", event: 1 } });
    expect(byArm).toEqual([
      { arm: "control", clusters: 1, participants: 3, mean: 2 / 3, sd: null, events: 2 },
      { arm: "new", clusters: 2, participants: 3, mean: 2 / 3, sd: null, events: 2 },
    ]);
  });

  test("counts: events per participant, rows of one participant added up", () => {
    const byRow = sampleOf({ outcome: { name: "d", exposure: "t" } }).byArm;
    expect(byRow.map(({ mean, events }) => [mean, events])).toEqual([
      [4 / 3, 4],
      [2, 6],
    ]);
    const byParticipant = sampleOf({ outcome: { name: "d", exposure: "t" }, participant: "id" }).byArm;
    expect(byParticipant.map(({ mean, sd, events }) => [mean, sd, events])).toEqual([
      [2, Math.sqrt(2), 4],
      [3, Math.sqrt(2), 6],
    ]);
  });

  test("grouped outcome: the trials are the participants", () => {
    const sample = sampleOf({ outcome: { events: "d", trials: "n" } });
    expect(sample).toMatchObject({ participants: 53, rows: 6, clusterSize: { min: 8, mean: 53 / 3, max: 35 } });
    expect(sample.byArm).toEqual([
      { arm: "control", clusters: 1, participants: 35, mean: 4 / 35, sd: null, events: 4 },
      { arm: "new", clusters: 2, participants: 18, mean: 6 / 18, sd: null, events: 6 },
    ]);
  });

  test("no arm, one cluster, one participant: null where nothing can be said", () => {
    const sample = sampleOf({ arm: null, where: { practice: "A" } });
    expect(sample).toMatchObject({ control: null, byArm: [], clusterSize: { min: 3, mean: 3, max: 3, cv: null } });
    const single = describeSample(
      buildFrame(tableFromRows(rows.filter((row) => row.practice !== "B")), {
        outcome: "y",
        cluster: "practice",
        arm: "arm",
      }),
    );
    expect(single.byArm[1]).toMatchObject({ participants: 1, sd: null });
  });
});
