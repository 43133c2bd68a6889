import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { environmentName } from './environment_name.ts';
import { parseEnvironment } from './parse_environment.ts';

test('a name is read back as it was written', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('native', 'uml', 'qemu', 'xen-dom0', 'xen-domu'),
      fc.integer({ min: 192, max: 1_000_000 }),
      (kind, mebibytes) => {
        const name = `${kind}-${mebibytes}`;
        assert.deepEqual(parseEnvironment(name), { kind, memory: `${mebibytes}M` });
        assert.equal(environmentName(parseEnvironment(name)), name);
      },
    ),
  );
  assert.deepEqual(parseEnvironment('native'), { kind: 'native' });
  assert.deepEqual(parseEnvironment('uml'), { kind: 'uml', memory: '256M' });
  assert.deepEqual(parseEnvironment('qemu'), { kind: 'qemu', memory: '256M' });
});

test('sizes mean the same in every spelling', () => {
  for (const memory of ['1G', '1 GiB', '1024M', '1024mb', `${1024 ** 2}k`, 1024 ** 3]) {
    assert.equal(environmentName({ kind: 'uml', memory }), 'uml-1024');
  }
});

test('what is no name is refused', () => {
  for (const name of ['', '-', 'xen', 'native-', 'uml-256M', 'uml-1.5', 'native-12Q', 'uml 256', '-256', 'toString']) {
    assert.throws(() => parseEnvironment(name), RangeError, name);
  }
  assert.throws(() => parseEnvironment('uml-8'), /'memory' must be at least 40 MiB for kind 'uml', got '8M'/);
  for (const name of [undefined, null, 256, {}, ['uml']]) {
    assert.throws(() => parseEnvironment(name as never), TypeError);
  }
});
