import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crowds, pairs } from './_concurrent_sweep.ts';

const shown = (arrangements: ReturnType<typeof pairs>) =>
  arrangements.map(({ environment, drivers, apart }) => `${drivers} ${apart ? 'x' : 'in'} ${environment}`);

test('two in one environment of twice the memory, against two; user-mode Linux has this machine for the one', () => {
  const all = ['native', 'native-256', 'native-756', 'uml-756', 'uml-256'];
  assert.deepEqual(shown(pairs(all)), ['2 in native-512', '2 x native-256', '2 x uml-256']);
  assert.deepEqual(shown(pairs(['qemu-256', 'uml-128'])), [
    '2 in qemu-512',
    '2 in native-256',
    '2 x qemu-256',
    '2 x uml-128',
  ]);
  assert.deepEqual(pairs(['native']), []);
});

test('processes of the machine, and environments of each kind', () => {
  assert.deepEqual(shown(crowds(['native', 'native-256', 'native-756'], 4)), ['4 in native', '4 x native-256']);
  assert.deepEqual(shown(crowds(['uml-756'], 1)), ['1 x uml-756']);
});
