import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

/** Turns of the event loop that a wait goes without sleeping, since what is waited for is often on its way. */
const eagerRounds = 64;

/** Milliseconds that a wait sleeps before it looks again: longer and longer, so that an idle one takes little of a CPU. */
export function pauseMs(round: number): number {
  return round < eagerRounds ? 0 : Math.min(16, 2 ** Math.floor((round - eagerRounds) / 4));
}

/** Waits before a look, the longer the more there were without success. */
export async function pause(round: number): Promise<void> {
  const milliseconds = pauseMs(round);
  if (milliseconds === 0) await setImmediate();
  else await sleep(milliseconds);
}
