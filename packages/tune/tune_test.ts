import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { defaultTuning, info, readTuning, saveTuning } from '@paratune/blas';
import * as v from 'valibot';
import type { TuneProgress } from './tune.ts';
import { defaultBudget, tune } from './tune.ts';
import type { Candidate } from './tune_result.ts';
import { tuneResultSchema } from './tune_result.ts';

const skip = info().backend === 'x64' ? false : 'there is no machine code here';

/** The last candidate that was kept. */
function lastKept(candidates: readonly Candidate[]): Candidate {
  return candidates.filter(({ kept }) => kept).at(-1)!;
}

describe('tune', { skip }, () => {
  test('finds a tuning that can be saved, begins with what the library has, and logs every candidate as it is timed', () => {
    const logged: Candidate[] = [];
    const progress: TuneProgress[] = [];
    const result = tune({
      budgetSeconds: 2,
      only: ['dgemm', 'sger'],
      isa: 'sse2',
      onCandidate: (candidate) => logged.push(candidate),
      onProgress: (each) => progress.push(each),
    });
    assert.deepEqual(v.parse(tuneResultSchema, JSON.parse(JSON.stringify(result))).candidates, result.candidates);
    assert.deepEqual(logged, result.candidates);
    const { dgemm, sgemm, dger } = defaultTuning('sse2');
    const ofGemm = result.candidates.filter(({ routine }) => routine === 'gemm');
    assert.deepEqual(ofGemm[0]?.parameters, dgemm);
    assert.ok(ofGemm[0]?.kept);
    assert.deepEqual([result.tuning.sgemm, result.tuning.dger], [sgemm, dger], 'what was not searched stays');
    const found = JSON.stringify(result.tuning.dgemm);
    assert.ok(ofGemm.some(({ kept, parameters }) => kept && JSON.stringify(parameters) === found));
    assert.deepEqual(
      progress.filter(({ done }) => done).map(({ subject }) => subject),
      ['dgemm', 'sger, private', 'sger, shared', 'sger, memory'],
    );

    const folder = mkdtempSync(join(tmpdir(), 'paratune-tune-'));
    assert.deepEqual(readTuning(saveTuning(result.tuning, join(folder, 'tuning.json'))), result.tuning);
    rmSync(folder, { recursive: true });
    assert.notEqual(info().tuning.from, 'configure', 'the library is left as it was');
  });

  test('what is slower at any size is not taken', () => {
    const { confirmations, tuning, candidates } = tune({ budgetSeconds: 2, only: ['dgemv'] });
    for (const { routine, precision, source } of confirmations.filter(({ why }) => why !== 'tuned')) {
      const start = candidates.find((each) => each.routine === routine && each.source === source)!;
      const taken = confirmations.some(
        (each) => each.routine === routine && each.source === source && each.why === 'tuned',
      );
      const layout = routine === 'gemv N' ? 'columns' : 'rows';
      assert.equal(precision, 'double');
      if (!taken) assert.deepEqual(tuning.dgemv[layout][source as 'private'], start.parameters);
    }
  });

  test('goes on where another was broken off: what is known is not timed again, and is believed', () => {
    const first = tune({ budgetSeconds: 1, only: ['dger'] });
    // As if the last that was tried had been much faster.
    const start = first.candidates.find(({ source }) => source === 'private')!;
    const parameters = { ...start.parameters, yUnroll: start.parameters['yUnroll'] === 1 ? 2 : 1 };
    const known = [start, { ...start, parameters, ratio: 2, kept: true, why: 'known' }];
    const timed: Candidate[] = [];
    const { candidates } = tune({ budgetSeconds: 1, only: ['dger'], known, onCandidate: (each) => timed.push(each) });
    assert.deepEqual(candidates.slice(0, 2), known);
    for (const candidate of timed) assert.ok(!known.some((each) => each.parameters === candidate.parameters));
    assert.ok(lastKept(candidates.filter(({ source }) => source === 'private')) !== start);
  });

  test('keeps to its time', () => {
    const result = tune({ budgetSeconds: 0.5, only: ['dgemm'], isa: 'scalar' });
    assert.deepEqual(result.unfinished, ['dgemm']);
    // Nothing here depends on the machine's speed but this: the shortest comparison, and code that must be generated.
    assert.ok(result.seconds < 30);
  });

  test('refuses what it does not know', () => {
    const untyped = tune as (options: unknown) => unknown;
    assert.throws(() => untyped({ only: ['dtrsm'] }), /RangeError: 'only' must name some of dgemm, .* got dtrsm/);
    assert.throws(() => untyped({ only: [] }), /RangeError: 'only' must name at least one/);
    assert.throws(() => untyped({ budgetSeconds: 0 }), /RangeError: 'budgetSeconds' must be more than 0, got 0/);
    assert.throws(() => untyped({ budgetSeconds: '1' }), /TypeError: 'budgetSeconds' must be a number/);
    assert.throws(() => untyped({ isa: 'mmx' }), /'isa' must be/);
  });

  test('all takes less than four minutes unless told otherwise', () => {
    assert.ok(defaultBudget() < 240 && defaultBudget(['dgemm']) < 60);
  });
});
