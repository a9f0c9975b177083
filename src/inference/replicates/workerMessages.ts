/** To a worker. Messages are read in their order. */
export type Order =
  /** Much data that several jobs use; sent when it changes. */
  | { readonly kind: "shared"; readonly shared: object | null }
  /** Replicates to make ready. */
  | { readonly kind: "job"; readonly job: number; readonly part: unknown }
  /** Replicates from … to − 1 of that job, to be computed now. */
  | { readonly kind: "portion"; readonly job: number; readonly from: number; readonly to: number };

/** From a worker. */
export type Reply =
  | { readonly kind: "ready"; readonly job: number }
  | { readonly kind: "numbers"; readonly job: number; readonly numbers: Float64Array<ArrayBuffer> }
  /** Something was thrown. The calling thread will come upon it too, with its own problem. */
  | { readonly kind: "failed"; readonly job: number };
