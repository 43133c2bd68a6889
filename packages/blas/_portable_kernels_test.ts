import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePrebuilt, portableSpecs } from './_make_prebuilt.ts';
import { generateFunction, generateModule, keyOf, SHARED } from './_portable_kernels.ts';
import type { Prebuilt } from './_prebuilt.ts';

test('what the build makes is what would be generated, for each kernel that is used by default', async () => {
  const { prebuilt } = (await import(`data:text/javascript,${encodeURIComponent(makePrebuilt())}`)) as {
    prebuilt: Prebuilt;
  };
  const [wasm, js] = [portableSpecs.wasm.map(keyOf), portableSpecs.js.map(keyOf)];
  assert.deepEqual([new Set(wasm).size, new Set(js).size], [12, 6]);
  const gemms = wasm.filter((key) => key.startsWith('gemm'));
  assert.deepEqual(Object.keys(prebuilt.modules), [...wasm, ...gemms.map((key) => `${key}${SHARED}`)]);
  assert.deepEqual(Object.keys(prebuilt.functions), js);
  for (const spec of portableSpecs.wasm) {
    for (const shared of spec.routine === 'gemm' ? [false, true] : [false]) {
      const key = `${keyOf(spec)}${shared ? SHARED : ''}`;
      assert.ok(Buffer.from(prebuilt.modules[key]!, 'base64').equals(generateModule(spec, shared)), key);
    }
  }
  for (const spec of portableSpecs.js) {
    const made = String(prebuilt.functions[keyOf(spec)]);
    assert.ok(generateFunction(spec).includes(made), keyOf(spec));
  }
});
