/** A clock whose smallest step is longer than this tells nothing of the milliseconds that calls are timed in. */
const COARSEST_SECONDS = 1e-4;

/** Steps that are looked at: one alone may be the kernel putting its sums right. */
const STEPS = 5;

function ofProcess(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const ofClock = () => performance.now() / 1000;

/** The smallest of a clock's next steps, in seconds. */
export function stepOf(time: () => number): number {
  let least = Number.POSITIVE_INFINITY;
  let before = time();
  for (let steps = 0; steps < STEPS; ) {
    const now = time();
    if (now === before) continue;
    least = Math.min(least, now - before);
    before = now;
    steps++;
  }
  return least;
}

let chosen: (() => number) | undefined;

/**
 * The time that this process had the processor, in seconds. The clock would count the time of other programs too: beside a busy one it takes
 * twice as long for the same work, and this does not. Where the kernel counts it by its ticks, as user-mode Linux does (10 ms), it is
 * the clock's time all the same.
 */
export function processorTime(): number {
  chosen ??= stepOf(ofProcess) <= COARSEST_SECONDS ? ofProcess : ofClock;
  return chosen();
}
