import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type InstructionSet,
  load,
  type NativeFunction,
  type NativeSignature,
  processor,
  UnsupportedError,
} from '@paratune/native';
import { Assembler } from './x64_assembler.ts';
import { loop } from './x64_loop.ts';
import { al, k, mem, rax, rcx, rdi, rdx, rsi, xmm, ymm, zmm } from './x64_operands.ts';

/** Why code for an instruction set cannot run here, if so. */
function missing(set: InstructionSet): string | false {
  try {
    return processor().instructionSets.includes(set) ? false : `this processor lacks ${set}`;
  } catch (error) {
    if (error instanceof UnsupportedError) return error.message;
    throw error;
  }
}

/** Loads what `build` emits, for the time of `use`. */
function run<Signature extends NativeSignature>(
  signature: Signature,
  build: (a: Assembler) => void,
  use: (call: NativeFunction<Signature>) => void,
): void {
  const a = new Assembler();
  build(a);
  const call = load(a.finish().bytes, { signature });
  try {
    use(call);
  } finally {
    call.unload();
  }
}

test('integers: loops, conditions, immediates of every size, the stack', { skip: missing('sse2') }, () => {
  run(
    'int64(int64)',
    (a) => {
      a.xor(rax, rax);
      loop(a, rdi, () => a.add(rax, rdi), { align: 16 });
      a.ret();
    },
    (sum) => assert.equal(sum(1000), 500500),
  );
  run(
    'int64(int64, int64)',
    (a) => {
      const [less, done] = [a.label('less'), a.label('done')];
      a.push(rsi);
      a.mov(rax, 2n ** 40n);
      a.cmp(rdi, rsi);
      a.jl(less);
      a.imul(rdi, rdi, -1000);
      a.jmp(done);
      a.nop(200);
      a.bind(less);
      a.shl(rdi, 4);
      a.bind(done);
      a.add(rax, rdi);
      a.pop(rcx);
      a.test(rcx, rcx);
      a.setns(al);
      a.ret();
    },
    (choose) => {
      assert.equal(choose(3, 5), 2 ** 40 + 1);
      assert.equal(choose(5, 3), 2 ** 40 - 5000 - ((2 ** 40 - 5000) % 256) + 1);
    },
  );
});

test('SSE2: doubles, constants behind the code, conversions', { skip: missing('sse2') }, () => {
  run(
    'void(pointer)',
    (a) => {
      const scale = a.constant(new Float64Array([10, 100]));
      a.movupd(xmm(0), mem({ base: rdi }));
      a.mulpd(xmm(0), scale);
      a.movapd(xmm(1), xmm(0));
      a.unpckhpd(xmm(1), xmm(1));
      a.addsd(xmm(0), xmm(1));
      a.cvttsd2si(rax, xmm(0));
      a.add(rax, 1);
      a.cvtsi2sd(xmm(1), rax);
      a.movlpd(mem({ base: rdi }), xmm(0));
      a.movsd(mem({ base: rdi, displacement: 8 }), xmm(1));
      a.ret();
    },
    (call) => {
      const block = new Float64Array([1.25, 2]);
      call(block);
      assert.deepEqual([...block], [212.5, 213]);
    },
  );
});

test('AVX2 and FMA: broadcasts, permutations, masked moves, gathers', { skip: missing('avx2') }, () => {
  run(
    'void(pointer)',
    (a) => {
      a.vmovupd(ymm(0), mem({ base: rdi }));
      a.vbroadcastsd(ymm(1), mem({ base: rdi, displacement: 32 }));
      a.vmovapd(ymm(9), ymm(0));
      a.vfmadd231pd(ymm(9), ymm(0), ymm(1));
      a.vpermpd(ymm(10), ymm(9), 0b00011011);
      a.vmovdqu(ymm(3), a.constant(new BigInt64Array([-1n, 0n, 0n, -1n])));
      a.vmaskmovpd(mem({ base: rdi }), ymm(3), ymm(10));
      a.vmovdqu(ymm(4), a.constant(new BigInt64Array([4n, 3n, 4n, 3n])));
      a.vgatherqpd(ymm(5), mem({ base: rdi, index: ymm(4), scale: 8 }), ymm(3));
      a.vmovupd(mem({ base: rdi, displacement: 40 }), ymm(5));
      a.vzeroupper();
      a.ret();
    },
    (call) => {
      const block = new Float64Array([1, 2, 3, 4, 10, 7, 7, 7, 7]);
      call(block);
      // The mask's lanes 1 and 2 leave memory alone, and keep what ymm5 held in the gather.
      assert.deepEqual([...block.subarray(0, 6)], [44, 2, 3, 11, 10, 10]);
      assert.equal(block[8], 11);
    },
  );
});

test('AVX-512: masks, broadcasts from memory, compressed displacements, scatters', { skip: missing('avx512') }, () => {
  run(
    'void(pointer, int64)',
    (a) => {
      // Doubles the first rsi of eight doubles, and one more than the rest: y = x + x under the mask, x + 1 elsewhere.
      a.mov(rax, -1);
      a.bzhi(rax, rax, rsi);
      a.kmovb(k(1), rax.as(32));
      a.knotb(k(2), k(1));
      a.vmovupd(zmm(16), mem({ base: rdi, displacement: 64 }));
      a.vaddpd(zmm(17).mask(k(1)).zero(), zmm(16), zmm(16));
      a.vaddpd(zmm(17).mask(k(2)), zmm(16), a.constant(new Float64Array([1])).broadcastTo(8));
      a.vmovupd(mem({ base: rdi, displacement: 128 }), zmm(17));
      // Scattered in reverse order.
      a.vmovdqu64(zmm(31), a.constant(new BigInt64Array([7n, 6n, 5n, 4n, 3n, 2n, 1n, 0n])));
      a.kxnorb(k(3), k(3), k(3));
      a.vscatterqpd(mem({ base: rdi, index: zmm(31), scale: 8 }).mask(k(3)), zmm(17));
      a.vzeroupper();
      a.ret();
    },
    (call) => {
      const block = new Float64Array(24);
      block.set([1, 2, 3, 4, 5, 6, 7, 8], 8);
      call(block, 3);
      const result = [2, 4, 6, 5, 6, 7, 8, 9];
      assert.deepEqual([...block.subarray(16)], result);
      assert.deepEqual([...block.subarray(0, 8)], [...result].reverse());
    },
  );
});

test('time-stamp counter and fences', { skip: missing('sse2') }, () => {
  run(
    'int64()',
    (a) => {
      a.lfence();
      a.rdtsc();
      a.shl(rdx, 32);
      a.or(rax, rdx);
      a.shr(rax, 1);
      a.ret();
    },
    (ticks) => {
      const before = ticks();
      assert.ok(ticks() >= before);
    },
  );
});
