import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handWritten } from '@paratune/kernels';
import { addressOf, load, processor } from '@paratune/native';
import fc from 'fast-check';
import {
  type Blocks,
  blockGemm,
  blockings,
  guardedArena,
  type PlainOrBatch,
  packingBuffer,
  packingBuffers,
} from './_block_gemm_test.ts';
import { type AnyGemmBatch, checkGemm, checkZeros, gemmBatchCase, gemmCase, precisions } from './_gemm_cases_test.ts';
import { type Precision, vectorClass } from './_vector_class.ts';
import { gemmX64Abi } from './gemm_abi.ts';
import { type GemmSpec, gemmSpec, type InstructionSet } from './gemm_spec.ts';
import { generate } from './generate.ts';
import { Assembler } from './x64_assembler.ts';
import { r12, r13, r14, r15, rax, rbp, rbx, rsp } from './x64_operands.ts';

const usable = process.arch === 'x64' && process.platform === 'linux' ? processor().instructionSets : [];
const isas: InstructionSet[] = usable.length === 0 ? [] : ['scalar', ...usable];
const skip = isas.length === 0 ? 'machine code runs on Linux on x86-64 only' : false;

/** The loop that was written by hand, where the specification asks for it. */
function microKernelOf({ kernel, isa, precision }: GemmSpec) {
  return kernel === 'hand-written' ? handWritten(isa, precision) : undefined;
}

/** A native kernel called as the JavaScript ones are, or with a batch. */
function nativeGemm(
  spec: GemmSpec,
  blocks: Blocks,
  buffers = packingBuffers(spec, blocks),
): ((...call: PlainOrBatch) => void) & { unload(): void } {
  const gemm = load(generate(spec, { target: 'x64', microKernel: microKernelOf(spec) }).bytes);
  return Object.assign(blockGemm(gemm, blocks, buffers), { unload: () => gemm.unload() });
}

/**
 * Kernels for just the operands of each call, read in place or packed as far as the operands allow, called as one. This is
 * how a library uses them.
 */
function specialGemm(spec: GemmSpec, blocks: Blocks, wanted: Pick<GemmSpec, 'packA' | 'packB'>): AnyGemmBatch {
  const buffers = packingBuffers(spec, blocks);
  const layoutOf = (rowStride: number, columnStride: number) =>
    rowStride === 1 ? 'column-major' : columnStride === 1 ? 'row-major' : 'strided';
  const edgeOf = (size: number, unit: number) => (size < unit ? size : unit + (size % unit));
  return (...call) => {
    const [m, n, , , , , aRow, aColumn, , , bRow, bColumn, , , , cRow] = call;
    const layoutA = layoutOf(aRow, aColumn);
    const packA = wanted.packA || layoutA !== 'column-major';
    const packB = wanted.packB || spec.nu > 8;
    const special = {
      layoutA,
      layoutB: layoutOf(bRow, bColumn),
      layoutC: cRow === 1 ? 'column-major' : 'strided',
      packA,
      packB,
      // What is written by hand reads packed operands.
      kernel: packA && packB ? spec.kernel : 'generated',
      m: m === 0 ? 'any' : edgeOf(m, spec.mu),
      n: n === 0 ? 'any' : edgeOf(n, spec.nu),
    } as const;
    const kernel = nativeGemm(gemmSpec({ ...spec, ...special }), blocks, buffers);
    kernel(...call);
    kernel.unload();
  };
}

/** Register blocks that differ in what the generator must do: few and many vectors, odd widths, every kind of multiply-add. */
const shapes: (Partial<GemmSpec> & { isa: InstructionSet; vectors?: number })[] = [
  { isa: 'avx512', kernel: 'hand-written' },
  { isa: 'avx2', kernel: 'hand-written' },
  { isa: 'sse2', kernel: 'hand-written' },
  { isa: 'avx512' },
  { isa: 'avx512', vectors: 1, nu: 1, ku: 1 },
  { isa: 'avx512', vectors: 2, nu: 12, ku: 2 },
  { isa: 'avx512', vectors: 3, nu: 9, ku: 3 },
  { isa: 'avx512', vectors: 5, nu: 5, muladd: 'separate' },
  { isa: 'avx2' },
  { isa: 'avx2', vectors: 2, nu: 6, ku: 5 },
  { isa: 'avx2', vectors: 1, nu: 11, ku: 1 },
  { isa: 'avx2', vectors: 3, nu: 3, muladd: 'separate' },
  { isa: 'avx2', vectors: 2, nu: 4, muladd: 'separate', latency: 4 },
  { isa: 'sse2' },
  { isa: 'sse2', vectors: 1, nu: 7, ku: 3 },
  { isa: 'sse2', vectors: 2, nu: 4, ku: 2 },
  { isa: 'sse2', vectors: 2, nu: 4, ku: 2, latency: 3 },
  { isa: 'scalar' },
  { isa: 'scalar', vectors: 1, nu: 5, ku: 7 },
];

/** The specification of the kernel that was written by hand. */
function handWrittenSpec(isa: InstructionSet, precision: Precision): GemmSpec {
  const { mu, nu } = handWritten(isa, precision)!;
  return gemmSpec({ isa, precision, mu, nu, kernel: 'hand-written' });
}

/** The specification of a shape whose rows are counted in vectors. */
function specOf(precision: Precision, { vectors, ...partial }: (typeof shapes)[number]): GemmSpec {
  const rows = vectors === undefined ? {} : { mu: vectors * vectorClass(partial.isa, precision).lanes };
  return partial.kernel === 'hand-written'
    ? handWrittenSpec(partial.isa, precision)
    : gemmSpec({ ...partial, ...rows, precision });
}

const packings = [
  { packA: false, packB: false },
  { packA: true, packB: false },
  { packA: false, packB: true },
  { packA: true, packB: true },
];

/** A kernel for everything and kernels for the operands at hand, by name. */
function kernelsOf(specs: GemmSpec[], blockingsUsed = blockings): [string, AnyGemmBatch][] {
  return specs.flatMap((spec) =>
    blockingsUsed.flatMap((blocking) => {
      const blocks = blocking(spec);
      const name = `${JSON.stringify(spec)} ${JSON.stringify(blocks)}`;
      return [
        [name, nativeGemm(spec, blocks)] as [string, AnyGemmBatch],
        ...packings.map(
          (packing) =>
            [`${name} ${JSON.stringify(packing)}`, specialGemm(spec, blocks, packing)] as [string, AnyGemmBatch],
        ),
      ];
    }),
  );
}

for (const precision of precisions) {
  test(`machine code keeps the error bound and its operands, for all instruction sets, shapes, strides and edges, in ${precision}`, {
    skip,
  }, () => {
    const kernels = kernelsOf(shapes.filter(({ isa }) => isas.includes(isa)).map((shape) => specOf(precision, shape)));
    const arena = guardedArena(precision);
    // Each case goes through some of them: special kernels are generated for each.
    let turn = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: gemmCase }, { weight: 1, arbitrary: gemmBatchCase }), (one) => {
        const some = kernels.filter((_, index) => index % 7 === turn % 7);
        turn++;
        checkGemm(one, arena, some);
      }),
      { numRuns: 250 },
    );
  });

  test(`every size up to two register blocks is right in ${precision}`, { skip }, () => {
    const arena = guardedArena(precision);
    for (const spec of isas.flatMap((isa) => [
      gemmSpec({ isa, precision }),
      ...(isa === 'scalar' ? [] : [handWrittenSpec(isa, precision)]),
    ])) {
      const kernels = kernelsOf([spec], blockings.slice(1, 2));
      const sides = { gap: 0, negateRows: false, negateColumns: false, flush: 'end' } as const;
      const plain = { ...sides, batch: 'up', batchGap: 0 } as const;
      // Without one whole register block nothing is written by hand.
      const [leastM, leastN] = spec.kernel === 'hand-written' ? [spec.mu, spec.nu] : [1, 1];
      for (let m = leastM; m <= 2 * spec.mu + 1; m++) {
        for (let n = leastN; n <= 2 * spec.nu + 1; n++) {
          for (const kind of ['columns', 'rows'] as const) {
            const a = { kind, ...plain };
            const b = { kind: kind === 'rows' ? ('columns' as const) : ('rows' as const), ...plain };
            const c = { kind: 'columns' as const, ...plain };
            const some = [kernels[0]!, kernels[1 + ((m + n) % packings.length)]!];
            checkGemm(
              { batch: 1, m, n, k: 9, alpha: 1, beta: 1, a, b, c, seed: m * n, values: 'integer' },
              arena,
              some,
            );
          }
        }
      }
    }
  });

  test(`every specification that gemmSpec lets through is generated right in ${precision}`, { skip }, () => {
    const arena = guardedArena(precision);
    const valid = fc
      .record({
        isa: fc.constantFrom(...isas),
        vectors: fc.integer({ min: 1, max: 14 }),
        nu: fc.integer({ min: 1, max: 14 }),
        ku: fc.integer({ min: 1, max: 9 }),
        muladd: fc.constantFrom('fused' as const, 'separate' as const),
        latency: fc.constantFrom(1, 1, 2, 3, 5),
        prefetchA: fc.constantFrom(0, 64, 700),
        prefetchB: fc.boolean(),
        prefetchBlock: fc.boolean(),
        prefetchC: fc.boolean(),
      })
      .map(({ vectors, ...rest }) => ({ ...rest, precision, mu: vectors * vectorClass(rest.isa, precision).lanes }))
      .filter((partial) => {
        try {
          return gemmSpec(partial) !== undefined;
        } catch {
          return false;
        }
      });
    fc.assert(
      fc.property(
        valid,
        fc.tuple(gemmCase, gemmCase, gemmBatchCase),
        fc.nat({ max: 2 }),
        fc.constantFrom(...packings),
        (partial, cases, which, packing) => {
          const spec = gemmSpec(partial);
          const blocks = blockings[which]!(spec);
          const general = nativeGemm(spec, blocks);
          const name = JSON.stringify(spec);
          const special = specialGemm(spec, blocks, packing);
          for (const one of cases) {
            checkGemm(one, arena, [
              [name, general],
              [`${name} ${JSON.stringify(packing)}`, special],
            ]);
          }
          general.unload();
        },
      ),
      { numRuns: 50 },
    );
  });

  test(`zeros have the sign that the reference gives them in ${precision}`, { skip }, () => {
    for (const isa of isas) {
      const spec = gemmSpec({ isa, precision });
      checkZeros(nativeGemm(spec, blockings[1]!(spec)), precision, 200);
    }
  });
}

test('a loop written by hand takes any depth, from none of its turns to all kinds, and reads its panels only', {
  skip,
}, () => {
  for (const precision of precisions) {
    const arena = guardedArena(precision);
    for (const isa of usable) {
      const spec = handWrittenSpec(isa, precision);
      const { mu, nu } = spec;
      for (let k = 1; k <= 90; k++) {
        // One panel of either operand, so that the buffers end where the panels do.
        const blocks = { mc: mu, kc: k, nc: nu };
        const kernel = nativeGemm(spec, blocks);
        const plain = { kind: 'columns', gap: 0, negateRows: false, negateColumns: false, flush: 'end' } as const;
        const side = { ...plain, batch: 'up', batchGap: 0 } as const;
        const one = { batch: 1, m: mu, n: nu, k, alpha: 1, beta: 1, a: side, b: side, c: side, seed: k } as const;
        for (const values of ['integer', 'special'] as const)
          checkGemm({ ...one, values }, arena, [[`${isa} ${k}`, kernel]]);
        kernel.unload();
      }
    }
  }
});

test('a micro-kernel is taken where it is asked for, and refused where it does not fit', () => {
  const microKernel = handWritten('avx2', 'double')!;
  const spec = handWrittenSpec('avx2', 'double');
  const code = generate(spec, { target: 'x64', microKernel }).bytes;
  assert.notDeepEqual(code, generate({ ...spec, kernel: 'generated' }, { target: 'x64' }).bytes);
  const refuse = (partial: Partial<GemmSpec>, given: typeof microKernel | undefined, name: string, message: RegExp) =>
    assert.throws(() => generate(gemmSpec({ ...spec, ...partial }), { target: 'x64', microKernel: given }), {
      name,
      message,
    });
  refuse({}, undefined, 'TypeError', /'microKernel' must be given/);
  refuse({ kernel: 'generated' }, microKernel, 'RangeError', /'microKernel' must be left out .* got dgemm_avx2_12x4/);
  refuse({ nu: 3 }, microKernel, 'RangeError', /'microKernel.nu' must be that of 'spec', 3, got 4/);
  refuse({ precision: 'single', mu: 24 }, microKernel, 'RangeError', /'microKernel.precision' .* single, got double/);
  assert.throws(() => gemmSpec({ ...spec, packB: false }), {
    name: 'RangeError',
    message: /'kernel' must be 'generated'/,
  });
});

test('without a product A and B may be nowhere, and without an element C too', { skip }, () => {
  for (const isa of isas) {
    const gemm = load(generate(gemmSpec({ isa }), { target: 'x64' }).bytes);
    const c = Float64Array.of(1, 2, 3, 4);
    const { fields } = gemmX64Abi;
    const block = new Float64Array(gemmX64Abi.blockLength); // all addresses null
    Object.assign(block, { [fields.batch]: 1, [fields.m]: 2, [fields.n]: 2, [fields.k]: 3, [fields.beta]: 2 });
    Object.assign(block, { [fields.c]: addressOf(c), [fields.cRowStride]: 1, [fields.cColumnStride]: 2 });
    gemm(block); // alpha is 0
    assert.deepEqual([...c], [2, 4, 6, 8]);
    block[fields.k] = 0;
    block[fields.alpha] = 1;
    gemm(block);
    assert.deepEqual([...c], [4, 8, 12, 16]);
    block[fields.c] = 0;
    block[fields.k] = 3;
    for (const size of [fields.batch, fields.m, fields.n]) {
      const before = block[size]!;
      block[size] = 0;
      gemm(block);
      block[size] = before;
    }
    block[fields.k] = 0;
    block[fields.beta] = 1;
    gemm(block); // nothing changes, so nothing is touched
  }
});

test('a NaN for alpha or beta makes everything NaN', { skip }, () => {
  for (const isa of isas) {
    const gemm = nativeGemm(gemmSpec({ isa }), blockings[0]!(gemmSpec({ isa })));
    const ones = new Float64Array(81).fill(1);
    for (const [alpha, beta] of [
      [Number.NaN, 0],
      [0, Number.NaN],
      [1, Number.NaN],
    ] as const) {
      const c = ones.slice();
      gemm(9, 9, 9, alpha, ones, 0, 1, 9, ones, 0, 1, 9, beta, c, 0, 1, 9);
      assert.ok(c.every(Number.isNaN), `${isa}, alpha ${alpha}, beta ${beta}`);
    }
  }
});

test('factors are rounded to the precision of the kernel', { skip }, () => {
  for (const isa of isas) {
    const spec = gemmSpec({ isa, precision: 'single' });
    const gemm = nativeGemm(spec, blockings[0]!(spec));
    const ones = new Float32Array(81).fill(1);
    const run = (alpha: number, beta: number, c: Float32Array) => {
      gemm(9, 9, 9, alpha, ones, 0, 1, 9, ones, 0, 1, 9, beta, c, 0, 1, 9);
      return c;
    };
    assert.deepEqual(run(1, 1e-60, new Float32Array(81).fill(Number.NaN)), new Float32Array(81).fill(9)); // beta is 0
    assert.deepEqual(run(-1e-60, 1 + 1e-12, ones.slice()), ones); // alpha is 0, beta 1
    assert.deepEqual(run(0.1, 0.7, ones.slice()), new Float32Array(81).fill(Math.fround(0.1) * 9 + Math.fround(0.7)));
  }
});

test('an operand may repeat itself by strides of zero', { skip }, () => {
  for (const isa of isas) {
    const gemm = nativeGemm(gemmSpec({ isa }), blockings[1]!(gemmSpec({ isa })));
    const [x, c] = [Float64Array.of(3), new Float64Array(70 * 11)];
    gemm(70, 11, 13, 1, x, 0, 0, 0, x, 0, 0, 0, 0, c, 0, 1, 70);
    assert.ok(c.every((value) => value === 9 * 13));
  }
});

test('the registers that a System V function must keep are kept', { skip }, () => {
  for (const isa of isas) {
    const gemm = load(generate(gemmSpec({ isa }), { target: 'x64' }).bytes);
    const kept = [rbx, rbp, r12, r13, r14, r15];
    const asm = new Assembler();
    for (const register of kept) asm.push(register);
    asm.sub(rsp, 8); // the stack is aligned to 16 bytes at a call
    for (const [index, register] of kept.entries()) asm.mov(register, 0x1234567 + index);
    asm.mov(rax, BigInt(gemm.address));
    asm.call(rax);
    asm.xor(rax, rax);
    for (const [index, register] of kept.entries()) {
      const same = asm.label();
      asm.cmp(register, 0x1234567 + index);
      asm.je(same);
      asm.inc(rax);
      asm.bind(same);
    }
    asm.add(rsp, 8);
    for (const register of [...kept].reverse()) asm.pop(register);
    asm.ret();
    const changed = load(asm.finish().bytes, { signature: 'int64(pointer)' });
    const { fields } = gemmX64Abi;
    const [a, b, c] = [new Float64Array(50 * 30).fill(1), new Float64Array(30 * 20).fill(1), new Float64Array(50 * 20)];
    const [packedA, packedB] = [packingBuffer('double', 480 * 8), packingBuffer('double', 8 * 480)];
    const block = new Float64Array(gemmX64Abi.blockLength);
    Object.assign(block, {
      [fields.batch]: 1,
      [fields.m]: 50,
      [fields.n]: 20,
      [fields.k]: 30,
      [fields.alpha]: 1,
      [fields.a]: addressOf(a),
    });
    Object.assign(block, { [fields.aRowStride]: 1, [fields.aColumnStride]: 50, [fields.b]: addressOf(b) });
    Object.assign(block, { [fields.bRowStride]: 1, [fields.bColumnStride]: 30, [fields.c]: addressOf(c) });
    Object.assign(block, { [fields.cRowStride]: 1, [fields.cColumnStride]: 50, [fields.packedA]: addressOf(packedA) });
    const { mu, nu } = gemmSpec({ isa });
    Object.assign(block, { [fields.packedB]: addressOf(packedB), [fields.mc]: mu, [fields.kc]: 8, [fields.nc]: nu });
    assert.equal(changed(block), 0);
    assert.ok(c.every((value) => value === 30));
  }
});

test('the same specification gives the same bytes, without any address of this process', () => {
  for (const isa of ['avx512', 'avx2', 'sse2', 'scalar'] as const) {
    for (const precision of precisions) {
      const spec = gemmSpec({ isa, precision });
      const [one, two] = [generate(spec, { target: 'x64' }), generate(spec, { target: 'x64' })];
      assert.deepEqual(one.bytes, two.bytes);
      assert.equal(one.listing(), two.listing());
    }
  }
});
