import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommanderError } from 'commander';
import { parsePeersOptions } from './_peers_options.ts';

test('without options: every suite, both precisions, one thread and all', () => {
  const { plan, only, out, given, thoroughness } = parsePeersOptions([]);
  assert.deepEqual(only, ['gemm', 'layouts', 'small', 'call', 'rectangular', 'vectors']);
  assert.deepEqual(plan.precisions, ['double', 'single']);
  assert.equal(plan.threads[0], 1);
  assert.ok(plan.threads.length <= 2);
  assert.equal(plan.dimensions, undefined);
  assert.equal(out, 'results/peers/quick');
  assert.deepEqual(given, {});
  assert.ok(thoroughness.leastRounds >= 3);
});

test('lists are put in order and into the plan; the profile gives what is not said', () => {
  const { plan, only, out, thoroughness } = parsePeersOptions(
    '--profile full --only small,gemm --n 500,100,100 --threads 1 --precisions single --rounds 9'.split(' '),
  );
  assert.deepEqual(only, ['small', 'gemm']);
  assert.deepEqual(plan, { profile: 'full', precisions: ['single'], threads: [1], dimensions: [100, 500] });
  assert.equal(out, 'results/peers/full');
  assert.equal(thoroughness.leastRounds, 9);
  assert.ok(thoroughness.seconds > 0);
});

for (const [what, args, message] of [
  ['an unknown suite', ['--only', 'gemm,speed'], /'speed' is none of gemm, layouts/],
  ['too many threads', ['--threads', '1,100000'], /'100000' is no integer from 1 to \d+/],
  ['no dimension', ['--n', '100,x'], /'x' is no integer from 1 to 20000/],
  ['no time', ['--seconds', '0'], /'0' is no positive number/],
  ['a library that is not there', ['--openblas', '/nowhere/none.so'], /There is no file '\/nowhere\/none.so'/],
  ['no folder', ['--out', ''], /It must be the path of a folder/],
  ['an unknown option', ['--nonsense'], /unknown option '--nonsense'/],
] as const) {
  test(`bad usage: ${what}`, (t) => {
    t.mock.method(process.stderr, 'write', () => true);
    assert.throws(
      () => parsePeersOptions(args),
      (error) => error instanceof CommanderError && message.test(error.message) && error.exitCode !== 0,
    );
  });
}
