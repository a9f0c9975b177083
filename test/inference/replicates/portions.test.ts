import fc from "fast-check";
import { expect, it } from "vitest";
import { type Portion, portionsOf } from "../../../src/inference/replicates/portions.ts";

it("hands every replicate out exactly once, whatever is taken and given back", () => {
  const sizes = fc.array(fc.record({ size: fc.double({ min: 0.01, max: 50, noNaN: true }), lost: fc.boolean() }), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(fc.nat(200), sizes, (count, takes) => {
      const portions = portionsOf(count);
      const times = new Uint8Array(count);
      const taken: Portion[] = [];
      const take = (size: number, lost: boolean) => {
        const portion = portions.take(size);
        if (portion === null) return false;
        if (lost) portions.giveBack(portion);
        else taken.push(portion);
        return true;
      };
      for (const { size, lost } of takes) take(size, lost);
      while (take(7, false));
      for (const { from, to } of taken) {
        expect(to).toBeGreaterThan(from);
        for (let k = from; k < to; k++) times[k]! += 1;
      }
      expect(times.every((each) => each === 1)).toBe(true);
      expect(portions.left()).toBe(0);
    }),
  );
});
