import { type Portion, portionsOf } from "./portions.ts";
import type { Recipe, Repetition } from "./steps.ts";
import type { WorkerHost, WorkerLine } from "./workerHost.ts";
import type { Order, Reply } from "./workerMessages.ts";

/** How long a portion should take, for a worker and for the calling thread, which must look up more often. */
const PORTION_OF_WORKER = 100;
const PORTION_OF_CALLER = 40;
/** Milliseconds of the first replicates, by which the others are judged. */
const TRIAL = 20;
/** Workers take about a tenth of a second to start: less work than this many milliseconds is done before they help. */
const WORTH_STARTING = 400;
/** And no more of them are started than have this much to do. */
const WORTH_ANOTHER = 150;

/** Workers that compute replicates, started when there is work for them, kept for the next. */
export interface WorkerPool {
  /** All replicates, as `runReplicates` returns them. Once called off, throws the signal's reason. */
  run(repetition: Repetition, progress: (done: number) => void): Promise<Float64Array>;
  /** Ends the workers. */
  close(): void;
}

interface Member {
  readonly line: WorkerLine;
  /** Number of the job that it has made ready; −1 before the first. */
  ready: number;
  holding: Portion | null;
  since: number;
  /** Milliseconds that one of the current replicates takes it. */
  pace: number;
  shared: object | null;
}

/**
 * A pool of at most `workers` workers of that host.
 *
 * The first replicates are computed by the calling thread, which tells how long they take; workers are started when the
 * rest is worth it. Until one of them is ready, and whenever none is (they cannot be started, or were lost), the calling
 * thread computes. What a lost worker held is given to another. A worker in which something is thrown counts as lost, so
 * that the calling thread meets the same problem itself; replicate k being the same everywhere, nothing else changes.
 */
export function workerPool(host: WorkerHost, workers: number, signal: AbortSignal | null): WorkerPool {
  const members = new Set<Member>();
  let job = 0;
  /** What to do when a member is ready, has computed, or was lost. */
  let heard: (member: Member, reply: Reply | null) => void = () => {};

  function enlist(): boolean {
    let own: Member | null = null;
    const lose = () => {
      if (own === null || !members.delete(own)) return;
      own.line.end();
      heard(own, null);
    };
    const line = host.start({
      heard: (message) => {
        const reply = message as Reply;
        if (own === null || !members.has(own)) return;
        if (reply.kind === "failed") lose();
        else heard(own, reply);
      },
      lost: lose,
    });
    if (line === null) return false;
    own = { line, ready: -1, holding: null, since: 0, pace: 0, shared: null };
    members.add(own);
    return true;
  }

  const order = (member: Member, message: Order) => member.line.send(message);

  function brief(member: Member, { shared, part }: Recipe): void {
    if (shared !== null && member.shared !== shared) {
      member.shared = shared;
      order(member, { kind: "shared", shared });
    }
    order(member, { kind: "job", job, part });
  }

  async function run({ replicates, recipe }: Repetition, progress: (done: number) => void): Promise<Float64Array> {
    const { count, width } = replicates;
    const numbers = new Float64Array(count * width);
    const portions = portionsOf(count);
    job += 1;
    let done = 0;
    let pace = 0;
    let wake: () => void = () => {};
    const briefed = new Set<Member>();
    const isReady = (member: Member) => member.ready === job;
    const finished = ({ from, to }: Portion) => {
      done += to - from;
      progress(done);
      if (done === count) wake();
    };

    const give = (member: Member): void => {
      if (!isReady(member) || member.holding !== null) return;
      const readyMembers = [...members].filter(isReady).length;
      const size = Math.min(PORTION_OF_WORKER / member.pace, Math.ceil(portions.left() / (2 * readyMembers)));
      member.holding = portions.take(size);
      if (member.holding === null) return;
      member.since = host.now();
      order(member, { kind: "portion", job, ...member.holding });
    };
    /** What the caller's own progress threw, outside of anything that would tell them. */
    let thrown: { readonly problem: unknown } | null = null;
    heard = (member, reply) => {
      try {
        hear(member, reply);
      } catch (problem) {
        thrown ??= { problem };
        wake();
      }
    };
    const hear = (member: Member, reply: Reply | null): void => {
      if (reply === null) {
        if (member.holding !== null && isReady(member)) portions.giveBack(member.holding);
        for (const other of members) give(other);
        wake();
        return;
      }
      // Of a job that the calling thread has finished meanwhile.
      if (reply.job !== job) return;
      if (reply.kind === "ready") {
        member.ready = job;
        member.holding = null;
        member.pace = pace;
        wake();
      } else if (reply.kind === "numbers" && member.holding !== null) {
        const portion = member.holding;
        numbers.set(reply.numbers, portion.from * width);
        member.pace = paceOf(host.now() - member.since, portion);
        member.holding = null;
        finished(portion);
      }
      give(member);
    };

    /** One portion by the calling thread. */
    const compute = (size: number): void => {
      const portion = portions.take(size)!;
      const began = host.now();
      replicates.run(portion.from, portion.to, numbers.subarray(portion.from * width, portion.to * width));
      pace = paceOf(host.now() - began, portion);
      finished(portion);
    };
    const recruit = (): void => {
      if (recipe === null || workers < 2) return;
      const rest = portions.left() * pace;
      if (rest < WORTH_STARTING) return;
      const wanted = Math.min(workers, portions.left(), Math.ceil(rest / WORTH_ANOTHER));
      while (members.size < wanted && enlist());
      for (const member of [...members].slice(0, wanted)) {
        if (briefed.has(member)) continue;
        briefed.add(member);
        brief(member, recipe);
      }
    };

    // Between turns too, others must be able to call the work off.
    await breath();
    signal?.throwIfAborted();
    const calledOff = () => wake();
    signal?.addEventListener("abort", calledOff);
    const throwIfThrown = () => {
      if (thrown !== null) throw thrown.problem;
    };
    try {
      const began = host.now();
      let size = 1;
      // At least one, or nothing is known of their pace.
      while (portions.left() > 0 && (size === 1 || host.now() - began < TRIAL)) {
        compute(size);
        size *= 2;
      }
      recruit();
      while (done < count) {
        if (portions.left() > 0 && ![...members].some(isReady)) {
          await breath();
          signal?.throwIfAborted();
          throwIfThrown();
          // A worker may have become ready meanwhile.
          if (portions.left() > 0 && ![...members].some(isReady)) compute(PORTION_OF_CALLER / pace);
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          signal?.throwIfAborted();
          throwIfThrown();
        }
      }
    } finally {
      signal?.removeEventListener("abort", calledOff);
      heard = () => {};
    }
    return numbers;
  }

  return {
    run,
    close() {
      const all = [...members];
      members.clear();
      for (const { line } of all) line.end();
    },
  };
}

/** Milliseconds per replicate; never 0, which a coarse clock may say. */
const paceOf = (milliseconds: number, { from, to }: Portion): number => Math.max(milliseconds, 0.01) / (to - from);

/** Lets everything else that waits have its turn. Timers would be held back in pages that nobody looks at. */
function breath(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
