import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TimeLeft } from './_time_left.ts';
import { expectedSeconds } from './expected_seconds.ts';

const run = (environment: string, n: number) => ({ environment, n, run: 0 });

test('before anything was seen it is the model, with the start of each environment once', () => {
  const { seconds, startSeconds } = expectedSeconds('uml-256', 1000);
  const left = new TimeLeft();
  assert.equal(left.seconds([run('uml-256', 1000), run('uml-256', 1000)]), 2 * seconds + startSeconds);
  left.started('uml-256');
  assert.equal(left.seconds([run('uml-256', 1000)]), seconds);
  assert.equal(left.seconds([]), 0);
});

test('a machine that is slower than the model is found out, run by run', () => {
  const left = new TimeLeft();
  left.started('native');
  const { seconds } = expectedSeconds('native', 1000);
  for (let i = 0; i < 10; i++) left.took(run('native', 1000), 3 * seconds);
  assert.ok(Math.abs(left.seconds([run('native', 1000)]) - 3 * seconds) < 0.01 * seconds);
});

test('environments not seen are taken to be like the others, in the same regime', () => {
  const left = new TimeLeft();
  for (const environment of ['native', 'native-256', 'uml-256']) left.started(environment);
  left.took(run('native', 1000), 2 * expectedSeconds('native', 1000).seconds);
  const expected = (environment: string, n: number) => expectedSeconds(environment, n).seconds;
  assert.equal(left.seconds([run('uml-256', 1000)]), 2 * expected('uml-256', 1000));
  assert.equal(left.seconds([run('native-256', 4000)]), expected('native-256', 4000));
});
