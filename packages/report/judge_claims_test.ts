import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Record } from '@paratune/record';
import { paperLike } from './_fixture.ts';
import { tuningLike } from './_tuning_fixture.ts';
import { judgeClaims } from './judge_claims.ts';

type Value = Pick<Record, 'experiment' | 'environment' | 'metric'> &
  Partial<Pick<Record, 'factors' | 'run' | 'repetition'>> & { value: number; status?: 'measured' | 'simulated' };

const observed = (value: Value): Record => ({
  ...{ version: 1, factors: {}, unit: '', run: 0, repetition: 0, status: 'measured' },
  ...{ time: '2026-01-31T12:00:00.000Z', identity: '0123456789abcdef' },
  ...value,
});

const judged = (records: Record[], number: number) => judgeClaims(records, [])[number - 1]!;

/** Tuning records, with some values changed. */
const tuned = (
  change: (record: Record & { value: number }) => number = ({ value }) => value,
  environments = ['native', 'uml-256'],
) => {
  const { records, identities } = tuningLike({ environments });
  const changed = records.map((record) => ('value' in record ? { ...record, value: change(record) } : record));
  return judgeClaims(changed, identities);
};

test('records like the paper’s: what it found holds, but that by hand is twice as fast; nothing is said without records', () => {
  const [driver, tuning] = [paperLike(), tuningLike()];
  const claims = judgeClaims([...driver.records, ...tuning.records], [...driver.identities, ...tuning.identities]);
  assert.deepEqual(
    claims.map(({ number }) => number),
    Array.from({ length: 18 }, (_, index) => index + 1),
  );
  const verdicts = Object.fromEntries(claims.map(({ number, verdict }) => [number, verdict]));
  for (const number of [1, 2, 3, 4, 5, 8, 9, 10, 11]) assert.equal(verdicts[number], 'holds', `claim ${number}`);
  assert.equal(verdicts[6], 'does not hold');
  for (const number of [13, 14, 15, 16, 17, 18]) assert.equal(verdicts[number], 'not enough data', `claim ${number}`);
  for (const claim of claims) {
    assert.ok(claim.reason && claim.statement && claim.section && claim.test && claim.needs, claim.id);
    assert.equal(claim.verdict === 'not enough data' && claim.figures.length === 0, claim.reason.startsWith('nothing'));
  }
  assert.ok(judgeClaims([], []).every(({ verdict, figures }) => verdict === 'not enough data' && figures.length === 0));
});

test('one environment is compared with nothing', () => {
  for (const { number, verdict } of tuned(undefined, ['native'])) {
    if ([1, 2, 3, 4, 7, 8].includes(number)) assert.equal(verdict, 'not enough data', `claim ${number}`);
  }
});

/** A guest that is other in one respect, and the claim that this refutes. */
const refutations: [number, string, (record: Record & { value: number }) => boolean, number][] = [
  [1, 'another cache', ({ metric }) => metric === 'l1DataBytes', 2],
  [2, 'a slower FPU', ({ metric }) => metric === 'registerMflops', 0.9],
  [
    3,
    'a slower product',
    ({ experiment, metric, factors }) => experiment === 'cachedge' && metric === 'mflops' && factors['cacheEdge'] === 0,
    0.9,
  ],
  [
    4,
    'a slower product',
    ({ experiment, metric, factors }) => experiment === 'cachedge' && metric === 'mflops' && factors['cacheEdge'] !== 0,
    0.9,
  ],
  [7, 'another parameter', ({ experiment, metric }) => experiment === 'tune' && metric === 'mu', 2],
  [8, 'a slower routine', ({ experiment, factors }) => experiment === 'tune' && factors['routine'] === 'dger', 0.9],
];

for (const [number, what, touched, factor] of refutations) {
  test(`claim ${number} does not hold with ${what} in a guest`, () => {
    const claim = tuned((record) => record.value * (record.environment === 'uml-256' && touched(record) ? factor : 1))[
      number - 1
    ]!;
    assert.equal(claim.verdict, 'does not hold');
    assert.match(claim.reason, /^uml-256: /);
    // Just a little is within the margin, where there is one.
    if (claim.margin === null) return;
    const little = tuned((record) => record.value * (record.environment === 'uml-256' && touched(record) ? 0.98 : 1));
    assert.equal(little[number - 1]!.verdict, 'holds');
  });
}

test('claim 5: a choice that never varies, or that costs rate, refutes it', () => {
  const edges = ({ metric }: Record) => metric === 'cacheEdgeBytes';
  assert.equal(tuned((record) => (edges(record) ? 2 ** 20 : record.value))[4]!.verdict, 'does not hold');
  const costly = tuned(({ experiment, metric, factors, value }) =>
    experiment === 'cachedge' && metric === 'mflops' && factors['cacheEdge'] === 2 ** 19 ? value * 0.8 : value,
  );
  assert.match(costly[4]!.reason, /the rate at 512 KB is 7\d\.\d % of that at/);
});

test('claim 6 holds where by hand is twice as fast', () => {
  const twice = tuned(({ factors, value }) => (factors['kernel'] === 'hand-written' ? 3 * value : value));
  assert.equal(twice[5]!.verdict, 'holds');
});

test('claims 9 to 11: no plateau, a fall elsewhere, and swapping elsewhere refute them; few dimensions tell nothing', () => {
  const driven = (change: (record: Record & { value: number }, n: number) => number, options = {}) => {
    const { records, identities } = paperLike({ environments: ['native-256', 'uml-256'], ...options });
    return judgeClaims(
      records.map((record) =>
        'value' in record ? { ...record, value: change(record, Number(record.factors['n'])) } : record,
      ),
      identities,
    );
  };
  const rate = ({ metric }: Record) => metric === 'mflops';
  assert.equal(
    driven((record, n) => (rate(record) ? record.value * (n % 200 === 0 ? 2 : 1) : record.value))[8]!.verdict,
    'does not hold',
  );
  const early = driven((record, n) => (rate(record) && n >= 2000 ? 1 : record.value));
  assert.equal(early[9]!.verdict, 'does not hold');
  assert.match(early[9]!.reason, /falls between n = 1900 and 2000; memory predicts 3/);
  const noFall = driven((record) => (rate(record) ? 78_000 : record.value));
  assert.match(noFall[9]!.reason, /does not fall up to n = 4000/);
  assert.equal(noFall[10]!.verdict, 'not enough data');
  const guestOnly = driven((record, n) =>
    rate(record) && record.environment === 'uml-256' && n >= 3000 && n < 3500 ? 78_000 : record.value,
  );
  assert.equal(guestOnly[9]!.verdict, 'does not hold');
  const quiet = driven((record) => (record.metric === 'systemSwapBytes' ? 0 : record.value));
  assert.match(quiet[10]!.reason, /nowhere can it be seen that swapping begins/);
  const coarse = driven(({ value }) => value, { dimensions: [200, 1000, 3400], runs: 1 });
  assert.match(coarse[9]!.reason, /too far apart to say where/);
  assert.equal(coarse[8]!.verdict, 'not enough data');
});

test('claim 12: equal faults hold, others do not, one run each tells nothing', () => {
  const faults = (environment: string, value: number, runs = 3) =>
    Array.from({ length: runs }, (_, run) =>
      ['minorFaults', 'majorFaults', 'systemSwapBytes'].map((metric) =>
        observed({ experiment: 'dgemm-driver', environment, metric, factors: { n: 1000 }, run, value: value + run }),
      ),
    ).flat();
  const verdict = (...records: Record[][]) => judged(records.flat(), 12).verdict;
  assert.equal(verdict(faults('native-256', 50_000), faults('uml-256', 50_300)), 'holds');
  assert.equal(verdict(faults('native-256', 50_000), faults('uml-256', 60_000)), 'does not hold');
  assert.equal(verdict(faults('native-256', 50_000, 1), faults('uml-256', 60_000, 1)), 'not enough data');
  assert.equal(verdict(faults('native-756', 50_000), faults('uml-256', 60_000)), 'not enough data');
});

test('claim 13: the guest’s kernel is smaller, or is not', () => {
  const sizes = (environment: string, code: number, data: number) => [
    observed({ experiment: 'kernel-memory', environment, metric: 'kernelCodeBytes', value: code }),
    observed({ experiment: 'kernel-memory', environment, metric: 'kernelDataBytes', value: data }),
  ];
  const host = sizes('native', 12e6, 6e6);
  assert.equal(judged([...host, ...sizes('uml-256', 3e6, 2e6)], 13).verdict, 'holds');
  assert.equal(judged([...host, ...sizes('uml-256', 13e6, 6e6)], 13).verdict, 'does not hold');
  assert.equal(judged(host, 13).verdict, 'not enough data');
});

const misses = (
  metric: string,
  environments: string[],
  value: (n: number, environment: string) => number,
  { status = 'measured' as 'measured' | 'simulated', runs = 3 } = {},
) =>
  environments.flatMap((environment) =>
    [500, 1000, 1500, 2000, 2500, 3000, 3500].flatMap((n) =>
      Array.from({ length: runs }, (_, run) =>
        observed({
          experiment: status === 'measured' ? 'dgemm-driver' : 'tlb',
          factors: status === 'measured' ? { n } : { n, geometry: 'machine' },
          value: value(n, environment) * (1 + run / 1000),
          ...{ environment, metric, run, status },
        }),
      ),
    ),
  );

test('claim 14: growth as n² in both environments, counted or by the model; linear growth, and more in a guest, refute it', () => {
  const both = ['native', 'uml-256'];
  const of = (value: (n: number, environment: string) => number, options = {}, environments = both) =>
    judged(misses('dataTlbMisses', environments, value, options), 14);
  assert.equal(of((n) => n ** 2).verdict, 'holds');
  assert.equal(of((n) => 1000 * n).verdict, 'does not hold');
  assert.equal(of((n, environment) => n ** 2 * (environment === 'uml-256' ? 1.2 : 1)).verdict, 'does not hold');
  const simulated = of((n) => n ** 2, { status: 'simulated', runs: 1 });
  assert.equal(simulated.verdict, 'holds');
  assert.ok(simulated.figures.every((figure) => figure.simulated) && simulated.reason.includes('(simulated)'));
  assert.equal(of((n) => n ** 2, {}, ['native']).verdict, 'not enough data');
});

test('claim 15: more instruction misses past the onset of swapping, counted only', () => {
  const swap = misses('systemSwapBytes', ['uml-256'], (n) => (n >= 3000 ? 1e8 : 0));
  const of = (value: (n: number) => number, status: 'measured' | 'simulated' = 'measured') =>
    judged([...swap, ...misses('instructionTlbMisses', ['uml-256'], value, { status })], 15).verdict;
  assert.equal(
    of((n) => n ** 2 * (n >= 3000 ? 4 : 1)),
    'holds',
  );
  assert.equal(
    of((n) => n ** 2 * (n >= 3000 ? 0.5 : 1)),
    'does not hold',
  );
  assert.equal(
    of((n) => n ** 2 * (n >= 3000 ? 4 : 1), 'simulated'),
    'not enough data',
  );
});

test('claim 16: two guests lose less and vary less past the threshold, or do not', () => {
  const rates = (arrangement: string, environment: string, past: number, spread: number) =>
    [1000, 2000, 3200, 3600].flatMap((n) =>
      Array.from({ length: 4 }, (_, run) =>
        [0, 1].map((repetition) =>
          observed({
            ...{ experiment: 'concurrent-drivers', environment, metric: 'mflops', run, repetition },
            factors: { n, drivers: 2, arrangement },
            value: (n > 3000 ? past : 1) * 50_000 * (1 + (spread * (run - 1.5 + repetition)) / 4),
          }),
        ),
      ).flat(),
    );
  const of = (apart: [number, number], together: [number, number]) =>
    judged([...rates('apart', 'uml-256', ...apart), ...rates('together', 'native-512', ...together)], 16);
  assert.equal(of([0.6, 0.02], [0.3, 0.2]).verdict, 'holds');
  assert.equal(of([0.3, 0.02], [0.6, 0.2]).verdict, 'does not hold');
  assert.match(of([0.6, 0.2], [0.3, 0.02]).reason, /vary by/);
  assert.match(of([1, 0.02], [1, 0.02]).reason, /neither falls up to n = 3600/);
  assert.equal(judged(rates('apart', 'uml-256', 0.5, 0.1), 16).verdict, 'not enough data');
});

test('claims 17 and 18: guests as fast as processes, and TCP 50 times as long, or not', () => {
  const durations = (benchmark: string, between: string, nanoseconds: number) =>
    Array.from({ length: 5 }, (_, run) =>
      observed({
        ...{ experiment: 'shm', environment: 'native', metric: 'iterationNanoseconds', run },
        factors: { benchmark, between },
        value: nanoseconds * (1 + run / 1000),
      }),
    );
  const verdicts = (raw: number, tcp: number) => {
    const records = [
      ...durations('raw', 'processes', 250),
      ...durations('raw', 'uml-uml', raw),
      ...durations('tcp', 'uml-uml', tcp),
    ];
    return judgeClaims(records, [])
      .slice(16)
      .map(({ verdict }) => verdict);
  };
  assert.deepEqual(verdicts(255, 100_000), ['holds', 'holds']);
  assert.deepEqual(verdicts(300, 100_000), ['does not hold', 'holds']);
  assert.deepEqual(verdicts(200, 9_000), ['holds', 'does not hold']);
  assert.equal(judged(durations('raw', 'processes', 250), 17).verdict, 'not enough data');
});
