import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityId, type StoreContents } from '@paratune/record';
import { parseName } from './_environments.ts';
import { paperLike } from './_fixture.ts';
import { judgeClaims } from './judge_claims.ts';
import { mergeStores } from './merge_stores.ts';

/** A store of a machine. */
function store(machine: { processor?: string; cpus?: number }, environments = ['native', 'uml-256']): StoreContents {
  const { records, identities } = paperLike({ environments, dimensions: [500, 1000, 2000], runs: 2 });
  const changed = identities.map(({ id, ...rest }) => {
    const own = { ...rest, machine: { ...rest.machine, ...machine } };
    return { before: id, identity: { id: identityId(own), ...own } };
  });
  return {
    records: records.map((record) => ({
      ...record,
      identity: changed.find(({ before }) => before === record.identity)!.identity.id,
    })),
    identities: changed.map(({ identity }) => identity),
    dropped: [],
  };
}

const environments = ({ records }: StoreContents) => [...new Set(records.map(({ environment }) => environment))];

test('stores of one machine are one; of several, each environment says its machine', () => {
  const one = store({});
  assert.deepEqual(mergeStores([{ contents: one }, { contents: one }]).records, [...one.records, ...one.records]);
  assert.deepEqual(mergeStores([{ contents: one }, { contents: one }]).identities, one.identities);
  const other = store({ processor: 'AMD EPYC 9575F 64-Core Processor' });
  assert.deepEqual(environments(mergeStores([{ contents: one }, { contents: other }])), [
    'native @ Example',
    'uml-256 @ Example',
    'native @ AMD EPYC 9575F',
    'uml-256 @ AMD EPYC 9575F',
  ]);
});

test('machines of one processor are told apart by their CPUs, alike ones by the names given to them', () => {
  const merged = mergeStores([{ contents: store({ cpus: 2 }) }, { contents: store({ cpus: 64 }) }]);
  assert.equal(environments(merged)[2], 'native @ Example (64 CPUs, 24.0 GB)');
  const named = mergeStores([
    { contents: store({}), machine: 'a' },
    { contents: store({}), machine: 'b' },
  ]);
  assert.deepEqual(environments(named), ['native @ a', 'uml-256 @ a', 'native @ b', 'uml-256 @ b']);
});

test('an environment is compared with those of its own machine', () => {
  assert.deepEqual(parseName('uml-256 @ a'), {
    ...{ kind: 'uml', machine: 'a', role: 'guest', title: 'user-mode Linux', memoryMiB: 256 },
  });
  const { records, identities } = mergeStores([
    { contents: store({}), machine: 'a' },
    { contents: store({}), machine: 'b' },
  ]);
  const equal = judgeClaims(records, identities)[8]!;
  assert.deepEqual(
    equal.figures.map(({ environments }) => environments[0]),
    ['native @ a', 'native @ b', 'uml-256 @ a', 'uml-256 @ b'],
  );
});

test('nothing merges to nothing; what is no list is an error', () => {
  assert.deepEqual(mergeStores([]), { records: [], identities: [], dropped: [] });
  assert.throws(() => mergeStores('a' as never), { name: 'TypeError', message: /'stores'/ });
});
