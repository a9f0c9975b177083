/** What a worker may do to whoever started it. */
export interface WorkerListener {
  heard(message: unknown): void;
  /** It ended, or will never answer again. Never before `start` has returned. */
  lost(): void;
}

/** A running worker. */
export interface WorkerLine {
  /** Sends plain data; they are copied. */
  send(message: unknown): void;
  /** Ends it in the middle of whatever it does. */
  end(): void;
}

/** Where workers come from: Node's worker threads, a browser's Web Workers, or what a test makes up. */
export interface WorkerHost {
  /** Threads that can run at the same time. */
  readonly parallelism: number;
  /** Milliseconds since some moment. Decides how work is divided, never what comes out of it. */
  now(): number;
  /** A new worker; null where there can be none. */
  start(listener: WorkerListener): WorkerLine | null;
}
