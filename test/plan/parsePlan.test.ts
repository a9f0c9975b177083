import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Problem } from "../../src/contract/problem.ts";
import { parsePlan } from "../../src/plan/parsePlan.ts";
import { readPlanText } from "../../src/plan/readPlanText.ts";
import { fakeMethods } from "./fakeMethods.ts";

const yaml = `
clustrial: 1                      # format version
data: partners2.csv               # relative to this file
missingCodes: ["", "NA"]          # default
where: { month: 12 }              # optional row filter
trial:
  cluster: practice
  arm: arm
  control: usual care
  strata: [region]
  participant: id
columns:
  region: { type: categorical, reference: Plymouth }
seed: 20230420
workers: auto
analyses:
  - id: primary
    outcome: mansa_change
    covariates: [mansa_baseline, region]
    weights: w
    method: difference
    options: { variances: welch }
    measure: mean-difference
    level: 0.95
    expect:
      effect: { value: "0.03", interval: ["-0.25", "0.31"], p: "0.819" }
      icc: "0.05"
      byArm: { intervention: { mean: "0.25", sd: "0.73", participants: "99" }, control: { mean: "0.21", sd: "0.86", participants: "71" } }
`;

const refusal = (change: (plan: Record<string, unknown>) => void) => {
  const plan = readPlanText(yaml) as Record<string, unknown>;
  change(plan);
  try {
    parsePlan(plan, fakeMethods);
  } catch (problem) {
    if (problem instanceof Problem) return { code: problem.code, message: problem.message };
    throw problem;
  }
  throw new Error("nothing was refused");
};
const first = (plan: Record<string, unknown>) => (plan["analyses"] as Record<string, unknown>[])[0]!;
const trial = (plan: Record<string, unknown>) => plan["trial"] as Record<string, unknown>;

describe("parsePlan", () => {
  test("missing values handled without a method are imputed", () => {
    const parsed = (others: object) => {
      const plan = readPlanText(yaml) as Record<string, unknown>;
      Object.assign(first(plan), others);
      return parsePlan(plan, fakeMethods).analyses[0]!.missing;
    };
    expect(parsed({ missing: { imputations: 20 } })).toEqual(parsed({ imputation: { imputations: 20 } }));
    expect(parsed({ missing: { imputations: 20 } })).toMatchObject({ method: "multiple-imputation", imputations: 20 });
  });

  test("a key of another branch is not offered for itself", () => {
    const { code, message } = refusal((plan) => {
      first(plan)["missing"] = { method: "inverse-probability", imputations: 5 };
    });
    expect(code).toBe("unknown-key");
    expect(message).not.toContain('did you mean "imputations"');
  });

  test("the plan of the documentation, with method and options found", () => {
    const plan = parsePlan(readPlanText(yaml), fakeMethods);
    expect(plan.where).toEqual({ month: "12" });
    expect(plan.analyses[0]!.method).toBe(fakeMethods[0]);
    expect(plan.analyses[0]!.expect?.effect?.interval).toEqual(["-0.25", "0.31"]);
    expect(plan.seed).toBe(20230420);
  });

  test("a whole number claimed needs no quotes", () => {
    const plan = readPlanText(yaml) as { analyses: { expect: { participants: number } }[] };
    plan.analyses[0]!.expect.participants = 198;
    expect(parsePlan(plan, fakeMethods).analyses[0]!.expect!.participants).toBe("198");
  });

  test("defaults are filled in", () => {
    const plan = parsePlan(
      {
        clustrial: 1,
        data: "d.csv",
        trial: { cluster: "c", arm: "a", control: 0 },
        analyses: [
          { outcome: "y", method: "difference" },
          { outcome: "z", method: "difference" },
        ],
      },
      fakeMethods,
    );
    expect(plan).toMatchObject({ missingCodes: ["", "NA"], seed: 1, workers: "auto", trial: { control: "0" } });
    expect(plan.analyses.map(({ id, level, covariates, options }) => [id, level, covariates, options])).toEqual([
      ["difference", 0.95, [], {}],
      ["difference-2", 0.95, [], {}],
    ]);
  });

  test("JSON, with tabs and a byte order mark, reads the same as YAML", () => {
    const plan = readPlanText(yaml);
    expect(readPlanText(`\uFEFF${JSON.stringify(plan, null, "\t")}`)).toEqual(plan);
  });

  test.each<[string, (plan: Record<string, unknown>) => void, string, string]>([
    [
      "an unknown key at the top",
      (plan) => {
        plan["analysis"] = [];
      },
      "unknown-key",
      'The plan has no key "analysis"; did you mean "analyses"?',
    ],
    [
      "another version of the format",
      (plan) => {
        plan["clustrial"] = 2;
      },
      "invalid-value",
      "clustrial is 2, but must be 1",
    ],
    [
      "an unknown key below",
      (plan) => {
        first(plan)["covariate"] = ["x"];
      },
      "unknown-key",
      'analyses[0] has no key "covariate"; did you mean "covariates"?',
    ],
    [
      "a missing key",
      (plan) => {
        delete trial(plan)["cluster"];
      },
      "missing-key",
      "trial.cluster is missing; it must be text",
    ],
    [
      "a wrong type",
      (plan) => {
        plan["seed"] = "seven";
      },
      "invalid-value",
      'seed is "seven", but must be a number',
    ],
    [
      "an unknown method",
      (plan) => {
        first(plan)["method"] = "diference";
      },
      "unknown-method",
      'analyses[0].method is "diference", which is not a method; did you mean "difference"?',
    ],
    [
      "an unknown option",
      (plan) => {
        first(plan)["options"] = { varience: "welch" };
      },
      "unknown-key",
      'analyses[0].options has no key "varience"; did you mean "variances"?',
    ],
    [
      "a level outside an option's list",
      (plan) => {
        first(plan)["options"] = { variances: "unequal" };
      },
      "invalid-value",
      'analyses[0].options.variances is "unequal", but must be one of "pooled", "welch"',
    ],
    [
      "a level of confidence in per cent",
      (plan) => {
        first(plan)["level"] = 95;
      },
      "invalid-value",
      "analyses[0].level is 95, but must be less than 1",
    ],
    [
      "a mistyped key of an outcome",
      (plan) => {
        first(plan)["outcome"] = { name: "y", evnt: "yes" };
      },
      "unknown-key",
      'analyses[0].outcome has no key "evnt"; did you mean "event"?',
    ],
    [
      "a claim that lost its printed precision",
      (plan) => {
        first(plan)["expect"] = { effect: { value: 0.3 } };
      },
      "invalid-value",
      'analyses[0].expect.effect.value is 0.3, but must be a number in quotes as it was printed, such as "0.30", so that its precision is kept',
    ],
    [
      "missing values handled in two ways",
      (plan) => {
        first(plan)["imputation"] = { imputations: 50 };
        first(plan)["missing"] = { method: "inverse-probability" };
      },
      "missing-twice",
      "analyses[0] has both imputation and missing, and the first is short for the second with method multiple-imputation; keep one",
    ],
    [
      "a mistyped way to handle missing values",
      (plan) => {
        first(plan)["missing"] = { method: "inverse-probabilty" };
      },
      "invalid-value",
      'analyses[0].missing.method is "inverse-probabilty", but must be "multiple-imputation" or "inverse-probability"; did you mean "inverse-probability"?',
    ],
    [
      "pairs together with strata",
      (plan) => {
        trial(plan)["pairs"] = "pair";
      },
      "pairs-and-strata",
      'trial has both pairs ("pair") and strata (region); clusters are matched in pairs or randomised within strata, so keep one',
    ],
    [
      "an effect beside an arm",
      (plan) => {
        first(plan)["effect"] = "mansa_baseline";
      },
      "effect-with-arm",
      'analyses[0].effect names "mansa_baseline", but the trial\'s effect is that of its arm "arm"; leave one of the two out',
    ],
    [
      "two analyses of one name",
      (plan) => {
        plan["analyses"] = [first(plan), first(plan)];
      },
      "duplicate-id",
      'analyses[1].id is "primary", as another analysis is called already; give each its own id',
    ],
  ])("%s is refused", (_, change, code, message) => {
    expect(refusal(change)).toEqual({ code, message });
  });

  test.each([[null], [[]], ["plan"], [3]])("%j is not a plan", (input) => {
    expect(() => parsePlan(input, fakeMethods)).toThrow(/^The plan is .*, but must be a group of keys and values$/);
  });
});

describe("readPlanText", () => {
  test("a syntax error is one sentence with file, line and column", () => {
    expect(() => readPlanText("clustrial: 1\ntrial: {cluster: [a\n", "plan.yaml")).toThrow(
      /^plan\.yaml, line \d+, column \d+: not YAML or JSON \(.+\)$/,
    );
  });

  test("a key written twice is refused", () => {
    expect(() => readPlanText('{"data": "a.csv", "data": "b.csv"}')).toThrow(/line 1, column 19: .*unique/);
  });
});

describe("whatever is given, a plan is read or refused as a problem of input", () => {
  const refusedOrRead = (ask: () => unknown) => {
    try {
      ask();
    } catch (problem) {
      expect(problem).toBeInstanceOf(Problem);
      expect(problem).toMatchObject({ kind: "input" });
    }
  };

  test("any object, with the keys of plans or without", () => {
    const key = fc.oneof(
      fc.constantFrom(
        "clustrial",
        "data",
        "trial",
        "cluster",
        "analyses",
        "outcome",
        "method",
        "options",
        "expect",
        "__proto__",
      ),
      fc.string(),
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(1, "difference", "y", null, true),
        fc.array(tie("any"), { maxLength: 2 }),
        fc.dictionary(key, tie("any"), { maxKeys: 4 }),
      ),
    })).any;
    fc.assert(fc.property(value, (input) => refusedOrRead(() => parsePlan(input, fakeMethods))));
  });

  test("any text", () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "a: &x [*x]",
        "a: *nobody",
        "<<: *a",
        "? [1]",
        "!!binary x",
        "\t- x",
        "{",
        "- &a [*a,*a]",
        "trial: &t { cluster: *t }",
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) =>
        refusedOrRead(() => parsePlan(readPlanText(lines.join("\n")), fakeMethods)),
      ),
    );
  });
});
