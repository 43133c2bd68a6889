/** Operands in memory of every kind, many of them at its very edge, beside pages that fault: used in place, and nothing else. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { referenceGemv } from '@paratune/kernels';
import { allocate } from '@paratune/native';
import fc from 'fast-check';
import type { Elements } from './_element_type.ts';
import { defaults, testedConfigurations } from './_test_backends.ts';
import {
  type Arguments,
  computeByReference,
  type Form,
  isTransposed,
  randomArguments,
  resultName,
  strided,
} from './_test_calls.ts';
import { type Arena, arenasOf, bufferOf } from './_test_memory.ts';
import { generator } from './_test_random.ts';
import {
  type ElementsConstructor,
  type TestedBatch,
  type TestedRoutine,
  testedBatches,
  testedRoutines,
} from './_test_routines.ts';
import { configure } from './mod.ts';

/** Elements of an arena: the widest layout of the sizes below fits. */
const LENGTH = 130_000;

/** Sizes beyond those for which operands are read where they are, in caches of level 2 up to 2 MB: A packed in columns, and B. */
const packedSizes = [
  { M: 600, N: 50, K: 600 },
  { M: 100, N: 1600, K: 1000 },
];

for (const [name, configuration] of testedConfigurations()) {
  const guarded = configuration.backend === 'x64';
  describe(`operands in all kinds of memory (${name})`, () => {
    before(() => {
      configure(configuration);
    });
    after(() => {
      configure(defaults);
    });

    for (const routine of testedRoutines.filter(({ kind }) => kind === 'gemm')) {
      test(`${routine.name}, of matrices that are packed`, () => {
        const random = generator(1);
        const integer = () => Math.floor(random() * 9) - 4;
        const memory = (length: number) => {
          const guard = random() < 0.5 ? 'before' : 'after';
          const array = edgeOf(routine.ArrayType, length, guarded ? guard : undefined);
          for (let i = 0; i < length; i++) array[i] = integer();
          return array;
        };
        for (const { M, N, K } of packedSizes) {
          for (const transA of ['no-transpose', 'transpose']) {
            for (const transB of ['no-transpose', 'transpose']) {
              const [LDA, LDB, LDC] = [transA === 'transpose' ? K : M, transB === 'transpose' ? N : K, M];
              const [A, B, C] = [memory(M * K), memory(K * N), memory(M * N)];
              const given = { transA, transB, M, N, K, alpha: 2, A, LDA, B, LDB, beta: 1, C, LDC };
              checkByVector(routine, { order: 'column-major', ...given }, Float64Array.from({ length: N }, integer));
            }
          }
        }
      });
    }

    for (const routine of [...testedRoutines, ...testedBatches]) {
      const { ArrayType } = routine;
      const arenas = arenasOf(ArrayType, guarded, LENGTH);

      test(`${routine.name}`, () => {
        const sizes = fc.constantFrom(4, 20, 60);
        fc.assert(
          fc.property(fc.constantFrom<Form>('blas', 'ndarray'), sizes, fc.nat(), (form, size, seed) => {
            const random = generator(seed);
            // The result has an arena for itself.
            const taken = Math.floor(random() * arenas.length);
            const memory = (operand: string, length: number) => {
              const step = 1 + Math.floor(random() * (arenas.length - 1));
              const place = operand === resultName[routine.kind] ? taken : (taken + step) % arenas.length;
              const { array } = arenas[place]!;
              return random() < 0.5 ? array.subarray(0, length) : array.subarray(array.length - length);
            };
            const given = randomArguments(routine.kind, form, random, memory, size);
            check(routine, form, given);
            for (const [place, { bytes, initial }] of arenas.entries()) {
              const same = bytes.equals(initial);
              if (place === taken) checkRest(given[resultName[routine.kind]] as Elements, arenas[place]!);
              else assert.ok(same, 'memory that is no result is written');
            }
            arenas[taken]!.initial.copy(arenas[taken]!.bytes);
          }),
          { numRuns: 60 },
        );
      });
    }
  });
}

/** Memory for just so many elements, beside whose first or last there is a page that faults. */
function edgeOf(ArrayType: ElementsConstructor, length: number, guard: 'before' | 'after' | undefined): Elements {
  if (guard === undefined) return new ArrayType(length);
  const { BYTES_PER_ELEMENT } = ArrayType;
  return BYTES_PER_ELEMENT === 8
    ? allocate(Float64Array, length, { guard })
    : allocate(Float32Array, length, { guard });
}

/**
 * Computes C = alpha A B + beta C of integers, and compares C v with alpha A (B v) + beta C v, all of it exact: three products with a
 * vector in place of one of matrices (Freivalds, Probabilistic machines can use less running time, 1977).
 */
function checkByVector({ ours }: TestedRoutine | TestedBatch, given: Arguments, v: Float64Array): void {
  const { M, N, K, alpha, beta } = given as Record<string, number>;
  const times = (name: string, rows: number, columns: number, x: Float64Array) => {
    const [array, ...place] = strided('blas', given, name, isTransposed(given[`trans${name}`] ?? 'no-transpose'));
    const y = new Float64Array(rows);
    referenceGemv(rows, columns, 1, Float64Array.from(array), ...place, x, 0, 1, 0, y, 0, 1);
    return y;
  };
  const product = times('A', M!, K!, times('B', K!, N!, v));
  const expected = times('C', M!, N!, v).map((c, i) => alpha! * product[i]! + beta! * c);
  (ours as (...values: unknown[]) => unknown)(...Object.values(given));
  assert.deepEqual(times('C', M!, N!, v), expected);
}

/** Computes, and compares every element of the result's array with plain loops, whose sums are exact. */
function check({ kind, ours }: TestedRoutine | TestedBatch, form: Form, given: Arguments): void {
  const result = given[resultName[kind]] as Elements;
  const expected = { ...given, [resultName[kind]]: result.slice() };
  computeByReference(kind, form, expected);
  const call = (form === 'blas' ? ours : ours.ndarray) as (...values: unknown[]) => unknown;
  assert.equal(call(...Object.values(given)), result);
  const must = expected[resultName[kind]] as Elements;
  for (let i = 0; i < result.length; i++) {
    if (result[i] !== must[i]) assert.fail(`element ${i} is ${result[i]}, must be ${must[i]}`);
  }
}

function checkRest(result: Elements, { bytes, initial, array }: Arena): void {
  assert.equal(bufferOf(result), array.buffer);
  const [start, end] = [result.byteOffset, result.byteOffset + result.byteLength];
  assert.ok(bytes.subarray(0, start).equals(initial.subarray(0, start)), 'memory in front of the result is written');
  assert.ok(bytes.subarray(end).equals(initial.subarray(end)), 'memory behind the result is written');
}
