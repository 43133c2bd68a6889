import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';
import type { Outcomes, SpoiledCalls } from './_spoiled_calls.ts';
import { defaults } from './_test_backends.ts';
import { configure, info } from './mod.ts';

/** How many; `SPOILED_CALLS=1000000` for what is asked of the library. */
const calls = Number(process.env.SPOILED_CALLS ?? 20_000);
const seed = Number(process.env.SPOILED_CALLS_SEED ?? 1);

/** A process of its own: what is looked for would end it. */
function runCalls(given: SpoiledCalls): { outcomes: Outcomes | undefined; signal: string | null; stderr: string } {
  const module = new URL('./_spoiled_calls.ts', import.meta.url).href;
  const source = `
    import { writeSync } from 'node:fs';
    import { makeSpoiledCalls } from '${module}';
    Error.stackTraceLimit = 3;
    writeSync(1, JSON.stringify(makeSpoiledCalls(${JSON.stringify(given)})));`;
  const options = { encoding: 'utf8', maxBuffer: 2 ** 30 } as const;
  const { stdout, stderr, signal } = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', source],
    options,
  );
  return { outcomes: stdout === '' ? undefined : (JSON.parse(stdout) as Outcomes), signal, stderr };
}

after(() => {
  configure(defaults);
});

for (const backend of ['x64', 'wasm', 'js'] as const) {
  const skip = backend !== info().backend && backend === 'x64' ? 'no machine code here' : false;
  test(`${calls} calls with spoiled arguments are refused by name or computed rightly (${backend})`, {
    skip,
  }, (context) => {
    const total: Outcomes = { right: 0, computed: 0, TypeError: 0, RangeError: 0, ofCaller: 0 };
    for (let from = 0; from < calls; from += 10_000) {
      const given = { backend, seed, from, calls: Math.min(10_000, calls - from) };
      const { outcomes, signal, stderr } = runCalls({ ...given, trace: false });
      if (outcomes === undefined) {
        // Once more, to know which call it was that ended the process.
        const last =
          signal === null
            ? ''
            : runCalls({ ...given, trace: true })
                .stderr.trimEnd()
                .split('\n')
                .at(-1);
        assert.fail(`ended by ${signal ?? 'an error'}: ${last}\n${stderr}`);
      }
      for (const name of Object.keys(total) as (keyof Outcomes)[]) total[name] += outcomes[name];
    }
    context.diagnostic(JSON.stringify(total));
    assert.equal(
      Object.values(total).reduce((sum, count) => sum + count),
      calls,
    );
    // All depths are reached.
    for (const count of [total.right, total.computed, total.TypeError, total.RangeError]) assert.ok(count > calls / 20);
    assert.ok(total.ofCaller > 0);
  });
}
