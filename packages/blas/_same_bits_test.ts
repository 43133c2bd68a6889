/** The same call gives the same bits, whatever was computed before it, wherever its operands lie and however many threads compute. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Elements } from './_element_type.ts';
import { defaults, testedConfigurations } from './_test_backends.ts';
import { type Arguments, type Form, randomArguments } from './_test_calls.ts';
import { generator } from './_test_random.ts';
import {
  type ElementsConstructor,
  type TestedBatch,
  type TestedRoutine,
  testedBatches,
  testedRoutines,
} from './_test_routines.ts';
import { usableThreads } from './_thread_team.ts';
import { configure, info } from './mod.ts';

type Routine = TestedRoutine | TestedBatch;

const routines: readonly Routine[] = [...testedRoutines, ...testedBatches];

/** A call of real numbers, which are rounded at every step, with its operands where `place` puts them. */
function drawCall(
  { kind, ArrayType }: Routine,
  seed: number,
  most: number,
  place = (length: number): Elements => new ArrayType(length),
): { form: Form; given: Arguments } {
  const random = generator(seed);
  const values = generator(seed + 1);
  const memory = (_name: string, length: number) => {
    const array = place(length);
    for (let i = 0; i < length; i++) array[i] = values() - 0.5;
    return array;
  };
  const form = random() < 0.5 ? 'blas' : 'ndarray';
  const given = randomArguments(kind, form, random, memory, most);
  return { form, given: { ...given, alpha: 0.7, ...('beta' in given ? { beta: seed % 2 === 0 ? 1 : -0.3 } : {}) } };
}

/** The bits of what a call computes. */
function bitsOf({ ours }: Routine, { form, given }: ReturnType<typeof drawCall>): string {
  const call = (form === 'blas' ? ours : ours.ndarray) as (...values: unknown[]) => Elements;
  const result = call(...Object.values(given));
  return createHash('sha1')
    .update(new Uint8Array(result.buffer, result.byteOffset, result.byteLength))
    .digest('base64');
}

/** Calls of every routine, in an order, of sizes up to the most. */
interface Work {
  order: 'forwards' | 'backwards';
  calls: number;
  most: number;
}

function bitsOfCalls({ order, calls, most }: Work): string[] {
  const seeds = Array.from({ length: calls }, (_, seed) => seed);
  if (order === 'backwards') seeds.reverse();
  const bits: string[] = [];
  for (const seed of seeds) {
    const routine = routines[seed % routines.length]!;
    bits[seed] = `${seed} ${routine.name} ${bitsOf(routine, drawCall(routine, seed, most))}`;
  }
  return bits;
}

/** The same in a thread of its own, where nothing was computed before. */
async function bitsInThread(work: Work): Promise<string[]> {
  const code = `require('tsx/cjs/api').register(); require(${JSON.stringify(fileURLToPath(import.meta.url))});`;
  const worker = new Worker(code, { eval: true, workerData: work });
  const bits = await new Promise<string[]>((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await worker.terminate();
  return bits;
}

if (!isMainThread) parentPort!.postMessage(bitsOfCalls(workerData));
else {
  test('whatever was computed before', async () => {
    // So many sizes that kernels for just the edges at hand come to be used, and kernels for all.
    const work = { calls: 1200, most: 60 };
    const forwards = await bitsInThread({ ...work, order: 'forwards' });
    assert.deepEqual(await bitsInThread({ ...work, order: 'backwards' }), forwards);
  });

  test('in several threads of the program at once, which share the helpers', async () => {
    const work = { calls: 48, most: 400 };
    const orders = ['forwards', 'backwards', 'forwards'] as const;
    const results = await Promise.all(orders.map((order) => bitsInThread({ ...work, order })));
    for (const bits of results) assert.deepEqual(bits, bitsOfCalls({ ...work, order: 'forwards' }));
  });

  for (const [name, configuration] of testedConfigurations()) {
    describe(`the same bits (${name})`, () => {
      before(() => {
        configure(configuration);
      });
      after(() => {
        configure(defaults);
      });

      test('wherever the operands lie', () => {
        for (const routine of routines) {
          const { ArrayType } = routine;
          for (let seed = 0; seed < 30; seed++) {
            const expected = bitsOf(routine, drawCall(routine, seed, 50));
            for (const place of [misplace(ArrayType, 1), misplace(ArrayType, 3), inSharedMemory(ArrayType)]) {
              assert.equal(
                bitsOf(routine, drawCall(routine, seed, 50, place)),
                expected,
                `${routine.name}, seed ${seed}`,
              );
            }
          }
        }
      });

      const alone =
        info().backend === 'x64' && usableThreads() > 1 ? false : 'this thread has one CPU, or no machine code';
      test('with one thread and with two', { skip: alone || configuration.backend === 'js' }, () => {
        // `_pieces_test.ts` has the routines with vectors, and `_threaded_gemm_test.ts` batches.
        for (const routine of testedRoutines.filter(({ kind }) => kind === 'gemm')) {
          for (let seed = 0; seed < 30; seed++) {
            const [one, ...others] = [1, 2, 2].map((threads) => {
              configure({ threads });
              return bitsOf(routine, drawCall(routine, seed, 400));
            });
            for (const each of others) assert.equal(each, one, `${routine.name}, seed ${seed}`);
          }
        }
      });
    });
  }
}

/** Places arrays so many elements off the alignment that they would have. */
function misplace(ArrayType: ElementsConstructor, elements: number): (length: number) => Elements {
  return (length) => new ArrayType(length + elements).subarray(elements);
}

function inSharedMemory(ArrayType: ElementsConstructor): (length: number) => Elements {
  return (length) => new ArrayType(new SharedArrayBuffer(ArrayType.BYTES_PER_ELEMENT * length));
}
