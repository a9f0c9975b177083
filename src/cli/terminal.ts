import type { WorkerHost } from "../inference/replicates/workerHost.ts";

/** Where a command reads, writes and computes; tests pass their own. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Is somebody watching stderr? Progress is for them only. */
  readonly watched: boolean;
  /** Folder that relative paths start from. */
  readonly folder: string;
  /** Where workers come from. */
  readonly host: WorkerHost;
}

/** What a command found, ready for either face of the command line. */
export interface Outcome {
  /** 0 done, 1 a claim does not agree, 2 one plan of several is wrong, 3 an analysis is not estimable. */
  readonly exitCode: 0 | 1 | 2 | 3;
  readonly json: unknown;
  readonly text: string;
}
