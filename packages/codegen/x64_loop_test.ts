import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Assembler } from './x64_assembler.ts';
import { loop } from './x64_loop.ts';
import { rax, rdi } from './x64_operands.ts';

test('the loop starts at the alignment asked for and jumps back to it', () => {
  const a = new Assembler();
  a.ret();
  loop(a, rdi, () => a.inc(rax), { align: 32, name: 'count' });
  const { bytes, listing } = a.finish();
  assert.equal(Buffer.from(bytes.subarray(32)).toString('hex'), '48ffc048ffcf75f8');
  assert.match(listing, / count:\n000020 .*inc rax\n000023 .*dec rdi\n000026 .*jnz count\n$/);
});

test('a boundary that is no power of two is refused before anything is emitted', () => {
  const a = new Assembler();
  assert.throws(() => loop(a, rdi, () => a.inc(rax), { align: 24 }), RangeError);
  assert.equal(a.finish().bytes.length, 0);
});
