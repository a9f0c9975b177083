import { describe, expect, it } from "vitest";
import golden from "../../../fixtures/golden/numerics/random/philox.json" with { type: "json" };
import { philox } from "../../../src/numerics/random/philox.ts";

describe("philox", () => {
  it.each([
    ["Random123's known answers", golden.published.cases],
    ["integer arithmetic from the definition", golden.exact.cases],
  ])("gives %s", (_, cases) => {
    for (const { counter, key, answer } of cases) {
      const out = Uint32Array.from(counter);
      philox(out, Uint32Array.from(key), out);
      expect([...out]).toEqual(answer);
    }
  });
});
