import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type QalyQuestion, qalyBreakdown, qalys } from "../../../src/economics/index.ts";
import { refusal } from "../../support/refusal.ts";

const column = (name: string, values: readonly number[]) => ({ name, values: Float64Array.from(values) });
const none = Number.NaN;
const question = (change: Partial<QalyQuestion> = {}): QalyQuestion => ({
  utilities: [column("u0", [0.5]), column("u1", [0.7]), column("u2", [0.9])],
  times: [0, 0.5, 1],
  unit: "years",
  death: null,
  untilDeath: "linear",
  missing: "exclude",
  until: null,
  rate: null,
  ...change,
});
const one = (change: Partial<QalyQuestion> = {}) => qalys(question(change)).values[0]!;

describe("qalys", () => {
  test("are the area under straight lines", () => {
    expect(one()).toBeCloseTo(0.7, 15);
    expect(one({ times: [0, 6, 12], unit: "months" })).toBe(one());
    expect(one({ times: [0, 365.25 / 2, 365.25], unit: "days" })).toBeCloseTo(one(), 15);
  });

  test("of full health are the years lived", () => {
    const utilities = [column("u0", [1]), column("u1", [1])];
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 30, noNaN: true }), (end) => {
        expect(qalys(question({ utilities, times: [0, end], rate: 0 })).values[0]).toBeCloseTo(end, 12);
      }),
    );
  });

  test("a visit on the line between its neighbours changes nothing, discounted or not", () => {
    const utility = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        utility,
        utility,
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        fc.double({ min: 0.1, max: 5, noNaN: true }),
        fc.double({ min: 0, max: 0.2, noNaN: true }),
        (first, last, share, end, rate) => {
          const between = first + share * (last - first);
          const plain = one({ utilities: [column("a", [first]), column("b", [last])], times: [0, end], rate });
          const more = one({
            utilities: [column("a", [first]), column("m", [between]), column("b", [last])],
            times: [0, share * end, end],
            rate,
          });
          expect(Math.abs(more - plain)).toBeLessThan(1e-12);
        },
      ),
    );
  });

  test("beyond the first year are discounted by whole years", () => {
    const utilities = [column("a", [1]), column("b", [1])];
    expect(one({ utilities, times: [0, 2.5], rate: 0.25 })).toBeCloseTo(1 + 1 / 1.25 + 0.5 / 1.25 ** 2, 15);
    expect(refusal(() => one({ utilities, times: [0, 12] })).message).toBe(
      "Year 2 of follow-up holds part of the QALYs, and what falls after the first year is discounted: state discount, the rate per year (0.035 in the United Kingdom, 0 for none); or unit, when times are not in years; or until, where follow-up is to end",
    );
  });

  test("end at death, straight down to it or at once", () => {
    const after = { utilities: [column("u0", [0.8]), column("u1", [0.6]), column("u2", [none])] };
    const death = column("died", [0.75]);
    expect(one({ ...after, death })).toBeCloseTo(0.35 + (0.25 * 0.6) / 2, 15);
    expect(one({ ...after, death, untilDeath: "constant" })).toBeCloseTo(0.35 + 0.25 * 0.6, 15);
    // A visit after death as 0 says the same as an empty one.
    const zero = { utilities: [column("u0", [0.8]), column("u1", [0.6]), column("u2", [0])] };
    expect(one({ ...zero, death })).toBe(one({ ...after, death }));
    // On the day itself: seen, or not.
    expect(one({ ...after, death: column("died", [1]) })).toBeCloseTo(0.35 + (0.5 * 0.6) / 2, 15);
    expect(one({ death: column("died", [1]) })).toBe(one());
    // At randomisation, and after the end of follow-up.
    expect(
      one({
        ...after,
        utilities: [column("u0", [0.8]), column("u1", [none]), column("u2", [none])],
        death: column("died", [0]),
      }),
    ).toBe(0);
    expect(one({ death: column("died", [1.5]) })).toBe(one());
  });

  test("a missing visit is named, or bridged when it lies between others", () => {
    const inner = { utilities: [column("u0", [0.5]), column("u1", [none]), column("u2", [0.9])] };
    const found = qalys(question(inner));
    expect(found.values[0]).toBeNaN();
    expect(found.absence).toEqual({ of: Int32Array.of(0), names: ["u1"] });
    const bridged = qalys(question({ ...inner, missing: "interpolate" }));
    expect([bridged.values[0], bridged.bridged[0]]).toEqual([0.7, 1]);
    for (const gap of [0, 2]) {
      const utilities = question().utilities.map((each, k) => (k === gap ? column(each.name, [none]) : each));
      expect(qalys(question({ utilities, missing: "interpolate" })).absence.names).toEqual([`u${gap}`]);
    }
  });

  test("end at a stated time, read off the line or carried on", () => {
    expect(one({ until: 0.75 })).toBeCloseTo(0.3 + (0.25 * (0.7 + 0.8)) / 2, 15);
    expect(one({ until: 2, rate: 0 })).toBeCloseTo(0.7 + 0.9, 15);
    // What comes after the end need not be known.
    expect(
      one({ until: 0.5, utilities: [column("u0", [0.5]), column("u1", [0.7]), column("u2", [none])] }),
    ).toBeCloseTo(0.3, 15);
  });

  test("take each participant's own times", () => {
    const times = [0, column("t1", [0.4, none, 0.5]), column("t2", [1.0, 1.1, none])];
    const utilities = [column("u0", [0.5, 0.5, 0.5]), column("u1", [0.7, none, 0.7]), column("u2", [0.9, 0.9, 0.9])];
    const found = qalys(question({ times, utilities, missing: "interpolate", rate: 0 }));
    expect(found.values[0]).toBeCloseTo(0.24 + 0.48, 15);
    expect(found.values[1]).toBeCloseTo(1.1 * 0.7, 15);
    expect(found.values[2]).toBeNaN();
    expect([...found.absence.of]).toEqual([-1, -1, 0]);
    expect(found.absence.names).toEqual(["t2"]);
    expect([...found.followUp].slice(0, 2)).toEqual([1, 1.1]);
  });

  test.each<[Partial<QalyQuestion>, string, string]>([
    [
      { utilities: [column("u0", [0.5]), column("u1", [0.7]), column("u2", [1.2])] },
      "utility-out-of-range",
      'data row 1, column "u2": a utility of 1.2; utilities lie between −1 and 1 (full health)',
    ],
    [
      { utilities: [column("u0", [0.5]), column("u1", [-1.1]), column("u2", [1])] },
      "utility-out-of-range",
      'column "u1": a utility of -1.1',
    ],
    [{ times: [-0.1, 0.5, 1] }, "time-negative", "A time of -0.1; times count from randomisation"],
    [{ times: [0, column("t1", [-2]), 1] }, "time-negative", 'data row 1, column "t1": a time of -2'],
    [{ death: column("died", [-2]) }, "time-negative", 'data row 1, column "died": a time of -2'],
    [
      { times: [0, 1, 1] },
      "times-not-ascending",
      "Visit 3 is at time 1 and the one before at 1; list visits in their order",
    ],
    [
      { times: [0, column("t1", [2]), column("t2", [1])] },
      "times-not-ascending",
      'data row 1, column "t2": visit 3 is at time 1 and the one before at 2',
    ],
    [
      { death: column("died", [0.2]), times: [0.25, 0.5, 1] },
      "death-before-start",
      'data row 1, column "died": death at 0.2, before the first visit at 0.25',
    ],
    [
      { death: column("died", [0.7]) },
      "utility-after-death",
      'data row 1, column "u2": a utility of 0.9 at time 1, after the participant\'s death at 0.7',
    ],
    [{ times: [0, 1] }, "visits-and-times", "There are 3 utilities and 2 times"],
    [{ rate: 1.5 }, "discount-rate", "The discount rate is 1.5"],
    [
      { until: 0.1, times: [0.2, 0.5, 1] },
      "until-before-start",
      "QALYs are to end at 0.1, and a first visit is at 0.2",
    ],
  ])("%j is refused: %s", (change, code, message) => {
    const refused = refusal(() => qalys(question(change)));
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(message);
  });

  test("the breakdown counts deaths, bridges and what is missing", () => {
    const data = question({
      utilities: [column("u0", [0.5, 0.6, 0.7]), column("u1", [none, 0.4, 0.7]), column("u2", [0.9, none, none])],
      death: column("died", [none, 0.75, none]),
      missing: "interpolate",
    });
    const [arm] = qalyBreakdown(qalys(data), data.utilities, [{ arm: "new", rows: Int32Array.of(0, 1, 2) }]);
    expect(arm).toMatchObject({
      participants: 2,
      deaths: 1,
      bridged: 1,
      followUp: { min: 1, mean: 1, max: 1 },
      missing: [{ item: "u2", participants: 1 }],
    });
    expect(arm!.meanQalys).toBeCloseTo((0.7 + 0.25 + 0.05) / 2, 15);
    expect(arm!.visits.map(({ participants }) => participants)).toEqual([3, 2, 1]);
  });
});
