import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peerCaseKey } from '@paratune/report';
import type { Plan } from './_peers_suite.ts';
import { suites } from './_peers_suites.ts';

const whole = { precisions: ['double', 'single'], threads: [1, 2] } as const;
const factorsOf = (name: string, plan: Partial<Plan> & Pick<Plan, 'profile'>) =>
  [...suites.find((suite) => suite.name === name)!.cases({ ...whole, ...plan })].map(({ factors }) => factors);
const valuesOf = (name: string, factor: string, profile: Plan['profile'] = 'full') => [
  ...new Set(factorsOf(name, { profile }).map((factors) => factors[factor])),
];
const range = (from: number, to: number, step = 1) =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

test('the full profile has every size that is asked for, in both precisions, with one thread and with all', () => {
  assert.deepEqual(valuesOf('gemm', 'n'), range(100, 4000, 100));
  assert.equal(factorsOf('gemm', { profile: 'full' }).length, 40 * 2 * 2);
  assert.deepEqual(valuesOf('small', 'n'), range(2, 64));
  assert.equal(factorsOf('rectangular', { profile: 'full' }).length, 64 * 2 * 2);
  for (const side of ['m', 'n', 'k']) assert.deepEqual(valuesOf('rectangular', side), [16, 100, 1000, 4000]);
  assert.deepEqual(valuesOf('vectors', 'routine').sort(), ['dgemv', 'dger', 'sgemv', 'sger']);
  for (const name of ['gemm', 'layouts', 'rectangular', 'vectors']) {
    assert.deepEqual(valuesOf(name, 'threads'), [1, 2]);
    assert.equal(new Set(factorsOf(name, { profile: 'full' }).map(({ routine }) => routine[0])).size, 2);
  }
});

test('vectors are measured in the caches and in memory, in both precisions', () => {
  for (const profile of ['quick', 'full'] as const) {
    const places = factorsOf('vectors', { profile }).map(({ routine, place }) => `${routine} ${place}`);
    assert.equal(new Set(places).size, 8);
  }
});

test('what is quick is a part of what is full, where sizes are those asked for', () => {
  for (const name of ['gemm', 'small', 'call', 'rectangular']) {
    const full = new Set(factorsOf(name, { profile: 'full' }).map(peerCaseKey));
    for (const factors of factorsOf(name, { profile: 'quick' })) assert.ok(full.has(peerCaseKey(factors)));
  }
});

test('no two cases are the same, and each belongs to its suite', () => {
  for (const profile of ['tiny', 'quick', 'full'] as const) {
    const all = suites.flatMap(({ name }) => factorsOf(name, { profile }));
    assert.equal(new Set(all.map(peerCaseKey)).size, all.length);
  }
  for (const { name } of suites) {
    for (const { suite } of factorsOf(name, { profile: 'quick' })) assert.equal(suite, name);
  }
});

test('a plan is kept to: precisions, threads, dimensions', () => {
  const plan = { profile: 'quick', precisions: ['single'], threads: [2], dimensions: [33] } as const;
  assert.deepEqual(
    factorsOf('gemm', plan).map(({ routine, threads, n }) => [routine, threads, n]),
    [['sgemm', 2, 33]],
  );
  assert.deepEqual(factorsOf('small', plan), [], 'small products are computed by one thread');
});
