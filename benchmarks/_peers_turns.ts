/** How a number of calls are set beside each other in time. */
export interface TurnTaking {
  /** Seconds, from an arbitrary start. */
  clock(): number;
  /** A sample is as many calls as take this long, so that the clock and the loop weigh nothing. */
  sampleSeconds: number;
  /** Before any sample each call is made for as long. */
  warmUpSeconds: number;
  /** There are rounds until this many seconds have passed, */
  seconds: number;
  /** but at least so many. */
  leastRounds: number;
  /** Before each sample: for threads of the one before to fall asleep. */
  rest(): void;
}

/** So many calls make the engine compile a function anew that it took to be simpler than it is. */
const CALLS_TO_WARM_UP = 10_000;

/**
 * A call that takes less is made once more before each sample: the contender before left its own data in the caches, and
 * threads that slept meanwhile have to be woken.
 */
const LONGEST_PRIMED_SECONDS = 0.02;

/** The seconds of each of `count` calls in a row. One loop for all, so that what it costs is the same for all. */
export function secondsPerCall(call: () => void, count: number, clock: () => number): number {
  const start = clock();
  for (let i = 0; i < count; i++) call();
  // Clocks have steps: a call shorter than one is at least not free.
  return Math.max(clock() - start, 1e-9) / count;
}

/**
 * Runs a call until it is warm: functions are compiled, pages touched, caches filled. A function that meets a case for the
 * first time may be run by the interpreter again, so short calls are made often.
 *
 * @returns the seconds that it takes then
 */
export function warmUp(
  call: () => void,
  { clock, warmUpSeconds }: Pick<TurnTaking, 'clock' | 'warmUpSeconds'>,
): number {
  let seconds = secondsPerCall(call, 1, clock);
  let spent = seconds;
  for (let count = 1, calls = 1; spent < warmUpSeconds || (calls < CALLS_TO_WARM_UP && spent < 5 * warmUpSeconds); ) {
    count = Math.min(2 * count, Math.max(1, Math.ceil(warmUpSeconds / seconds)));
    seconds = secondsPerCall(call, count, clock);
    spent += seconds * count;
    calls += count;
  }
  return seconds;
}

/**
 * Measures calls in turn, round by round, so that whatever else the machine does falls on all alike. Every other round goes
 * backwards, and each pair of rounds begins with another call, so that none always comes after the same.
 *
 * @returns for each round the seconds a call took, of each in the order given
 */
export function takeTurns(calls: readonly (() => void)[], turns: TurnTaking): number[][] {
  const { clock, sampleSeconds, seconds, leastRounds, rest } = turns;
  const expected = calls.map((call) => warmUp(call, turns));
  const counts = expected.map((each) => Math.max(1, Math.round(sampleSeconds / each)));
  const rounds: number[][] = [];
  const start = performance.now();
  while (rounds.length < leastRounds || (performance.now() - start) / 1000 < seconds) {
    const round = new Array<number>(calls.length);
    for (const index of turnOrder(calls.length, rounds.length)) {
      rest();
      if (expected[index]! < LONGEST_PRIMED_SECONDS) calls[index]!();
      round[index] = secondsPerCall(calls[index]!, counts[index]!, clock);
    }
    rounds.push(round);
  }
  return rounds;
}

/** The order of `count` contenders in a round. */
export function turnOrder(count: number, round: number): number[] {
  const order = Array.from({ length: count }, (_, index) => (index + Math.floor(round / 2)) % count);
  return round % 2 === 0 ? order : order.reverse();
}
