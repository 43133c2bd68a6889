import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure, defaultTuning, info } from '@paratune/blas';
import { handWritten } from '@paratune/kernels';
import { gemmSubject } from './_gemm_subject.ts';
import { machineFacts } from './machine_facts.ts';

const skip = info().backend === 'x64' ? false : 'there is no machine code here';

test('the library takes every candidate, whether the best so far is generated or written by hand', { skip }, () => {
  for (const isa of ['sse2', 'scalar'] as const) {
    for (const precision of ['double', 'single'] as const) {
      const tuning = defaultTuning(isa);
      const subject = gemmSubject(tuning, precision, machineFacts(tuning.caches), 10_000);
      const start = subject.of(tuning);
      const byHand = subject.lines.find(({ name }) => name === 'kernel by hand')!.from(start);
      const { mu, nu } = handWritten(isa, precision) ?? {};
      assert.deepEqual(
        byHand.map((candidate) => [candidate['kernel'], candidate['mu'], candidate['nu']]),
        isa === 'scalar' ? [] : [['hand-written', mu, nu]],
      );
      for (const best of [start, ...byHand]) {
        for (const candidate of subject.lines.flatMap((line) => line.from(best))) {
          configure({ isa, tuning: subject.into(tuning, candidate) });
        }
      }
    }
  }
  configure({ isa: 'auto', tuning: 'auto' });
});
