import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { Progress } from './_experiment.ts';
import { showProgress } from './_progress.ts';

/** Lines that a log of these steps has. */
async function lines(steps: { title: string; seconds: number; progress: Partial<Progress>[] }[]): Promise<string[]> {
  const stream = new PassThrough();
  await showProgress(
    steps.map(({ title, seconds, progress }) => ({
      title,
      seconds,
      run: async (report) => {
        for (const one of progress)
          report({ done: 0, total: 4, secondsLeft: 90, text: 'n = 100', important: true, ...one });
      },
    })),
    stream as unknown as NodeJS.WriteStream,
  );
  return String(stream.read()).trimEnd().split('\n');
}

test('each line has the last figure of merit of its step, and the time that the step and all still take', async () => {
  const merit = '4,321 Mflops, native';
  assert.deepEqual(
    await lines([
      {
        title: 'probe',
        seconds: 90,
        progress: [{}, { done: 1, secondsLeft: 30, merit }, { done: 2, secondsLeft: 20 }],
      },
      { title: 'tune', seconds: 45, progress: [{ done: 4, secondsLeft: 0, text: 'measured', important: false }] },
    ]),
    [
      'probe',
      '  0 %  0 of 4  n = 100  (about 1 min 30 s left, 2 min 15 s in all)',
      ' 25 %  1 of 4  n = 100; last: 4,321 Mflops, native  (about 30 s left, 1 min 15 s in all)',
      ' 50 %  2 of 4  n = 100; last: 4,321 Mflops, native  (about 20 s left, 1 min 5 s in all)',
      'tune',
      '100 %  4 of 4  measured  (done)',
    ],
  );
});
