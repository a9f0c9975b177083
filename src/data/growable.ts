/** A list of numbers in typed storage that grows in chunks: what was stored is never copied until it is finished. */
export interface Growable<Finished> {
  readonly length: number;
  push(value: number): void;
  at(index: number): number;
  /** The numbers as one array; chunks are let go on the way. */
  finish(): Finished;
}

const chunkLength = 1 << 15;

type TypedArray = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

function growable<T extends TypedArray>(make: (length: number) => T): Growable<T> {
  const chunks: (T | null)[] = [];
  let current = make(0);
  let used = 0;
  let before = 0;
  return {
    get length() {
      return before + used;
    },
    push(value) {
      if (used === current.length) {
        before += used;
        current = make(chunkLength);
        chunks.push(current);
        used = 0;
      }
      current[used++] = value;
    },
    at: (index) => chunks[Math.floor(index / chunkLength)]![index % chunkLength]!,
    finish() {
      const length = before + used;
      const all = make(length);
      for (let k = 0; k < chunks.length; k++) {
        const from = k * chunkLength;
        all.set(chunks[k]!.subarray(0, Math.min(chunkLength, length - from)), from);
        chunks[k] = null;
      }
      return all;
    },
  };
}

export const growableFloat64 = (): Growable<Float64Array> => growable((length) => new Float64Array(length));
export const growableInt32 = (): Growable<Int32Array> => growable((length) => new Int32Array(length));
