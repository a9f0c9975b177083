import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/data/sha256.ts";

const digest = (...pieces: Uint8Array[]) => {
  const hash = sha256();
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
};
const bytes = (text: string) => new TextEncoder().encode(text);

describe("SHA-256", () => {
  // FIPS 180-4 examples, NIST "Descriptions of SHA-256".
  test.each([
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
    ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
  ])("of a published message", (text, expected) => {
    expect(digest(bytes(text))).toBe(expected);
  });

  test("agrees with OpenSSL however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 6 }), (pieces) => {
        const whole = createHash("sha256");
        for (const piece of pieces) whole.update(piece);
        expect(digest(...pieces)).toBe(whole.digest("hex"));
      }),
    );
  });
});
