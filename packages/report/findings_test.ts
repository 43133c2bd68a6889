import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paperDimensions, paperLike } from './_fixture.ts';
import { type FigureNumber, findings } from './findings.ts';

function dimensions(
  found: ReturnType<typeof findings>,
  figure: FigureNumber,
): { [environment: string]: number | undefined } {
  return Object.fromEntries(
    found
      .filter(({ exhibit }) => exhibit === `figure-${figure}`)
      .map(({ environment, dimension }) => [environment, dimension]),
  );
}

test('curves as the paper’s turn where memory predicts in the 256 MB environments and nowhere else, for any noise', () => {
  for (let seed = 1; seed <= 8; seed++) {
    const { records, identities } = paperLike({ seed });
    const found = findings(records, identities);
    assert.equal(found.length, 25);
    for (const { environment, dimension, predicted, exhibit } of found) {
      assert.ok(predicted);
      const what = `seed ${seed}, ${exhibit}, ${environment}: ${dimension}, predicted ${predicted}`;
      if (environment.endsWith('-256')) assert.ok(dimension && Math.abs(dimension - predicted) <= 250, what);
      else assert.equal(dimension, undefined, what);
    }
  }
});

test('few dimensions and one run, as the smoke profile has them, are enough or are said to be too few', () => {
  const few = paperLike({ dimensions: [500, 1500, 2500, 3500, 4000], runs: 1 });
  const found = findings(few.records, few.identities);
  for (const figure of ['08', '10', '11', '12', '13'] as const) {
    assert.deepEqual(dimensions(found, figure), {
      native: undefined,
      'native-256': 3500,
      'native-756': undefined,
      'uml-256': 3500,
      'uml-756': undefined,
    });
  }
  const smoke = paperLike({ dimensions: [200, 1000, 3400], runs: 1 });
  const shown = findings(smoke.records, smoke.identities);
  for (const figure of ['08', '10', '11', '12'] as const) {
    assert.deepEqual([dimensions(shown, figure)['uml-256'], dimensions(shown, figure)['uml-756']], [3400, undefined]);
  }
  assert.match(
    shown.find((one) => one.exhibit === 'figure-13' && one.environment === 'uml-256')!.sentence,
    /too few dimensions/,
  );
  const one = paperLike({ environments: ['native'], dimensions: [100], runs: 1 });
  assert.match(findings(one.records, one.identities)[0]!.sentence, /Mflops, too small for a plateau/);
});

test('runs that die are a fall', () => {
  const { records, identities } = paperLike({ environments: ['uml-256'], diesAbove: { 'uml-256': 3000 }, runs: 2 });
  const [rate] = findings(records, identities);
  assert.equal(rate?.dimension, 3100);
  assert.match(rate?.sentence ?? '', /it falls from n = 3100 on; 20 runs died; memory predicts 3020$/);
});

test('simulated, failed and skipped records alone find nothing', () => {
  const simulated = paperLike({ status: 'simulated' });
  assert.deepEqual(findings(simulated.records, simulated.identities), []);
  const dead = paperLike({
    environments: ['uml-256'],
    diesAbove: { 'uml-256': 0 },
    skipped: { 'xen-dom0-256': 'no Xen' },
  });
  assert.deepEqual(findings(dead.records, dead.identities), []);
  assert.deepEqual(findings([], []), []);
});

test('a simulated value changes nothing that is found of the measured ones', () => {
  const measured = paperLike();
  const simulated = paperLike({ status: 'simulated', seed: 9 }).records.map((record) =>
    'value' in record ? { ...record, value: record.value * 100 } : record,
  );
  assert.deepEqual(
    findings([...simulated, ...measured.records], measured.identities),
    findings(measured.records, measured.identities),
  );
});

test('without an identity there is no prediction, and the rest is found all the same', () => {
  const { records } = paperLike({ environments: ['native-256'], dimensions: paperDimensions });
  const found = findings(records, []);
  assert.equal(found[0]?.predicted, undefined);
  assert.ok(!found[0]?.sentence.includes('predicts'));
  assert.equal(dimensions(found, '11')['native-256'], 3100);
});
