import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bind } from './bind.ts';
import { load, type NativeFunction } from './load.ts';

// movsd xmm0, [rdi]; addsd xmm0, xmm0; movsd [rdi], xmm0; ret
const DOUBLE_IT = Uint8Array.of(0xf2, 0x0f, 0x10, 0x07, 0xf2, 0x0f, 0x58, 0xc0, 0xf2, 0x0f, 0x11, 0x07, 0xc3);

test('a bound function calls the code with its own block, whatever is in it by then', () => {
  const double = load(DOUBLE_IT);
  const blocks = [1, 2, 3].map((value) => Float64Array.of(value, 100));
  const bound = blocks.map((block) => bind(double, block.subarray(0, 1)));
  for (const call of [...bound, bound[0]!]) assert.equal(call(), undefined);
  blocks[1]![0] = 0.25;
  bound[1]!();
  assert.deepEqual(
    blocks.map((block) => [...block]),
    [
      [4, 100],
      [0.5, 100],
      [6, 100],
    ],
  );
  for (const call of bound) call.unload();
  assert.throws(() => bound[0]!(), TypeError);
  double(blocks[0]!);
  assert.equal(blocks[0]![0], 8);
  double.unload();
});

test('the block stays where it is, small as it may be, through collections of garbage', () => {
  const double = load(DOUBLE_IT);
  const block = Float64Array.of(1);
  const call = bind(double, block);
  for (let i = 0; i < 100; i++) {
    Array.from({ length: 1000 }, () => new Float64Array(2));
    block[0] = i;
    call();
    assert.equal(block[0], 2 * i);
  }
});

test('what is no code or no block is refused', () => {
  const double = load(DOUBLE_IT);
  for (const value of [undefined, null, 5, () => 1] as unknown as NativeFunction[]) {
    assert.throws(() => bind(value, new Float64Array(1)), /^TypeError: 'code' must be a function made by load, got/);
  }
  assert.throws(() => bind(double, [1] as unknown as Float64Array), TypeError);
  assert.throws(() => bind(double, new Float64Array(0)), RangeError);
  double.unload();
});
