/** Calls at random with arguments spoiled in every way there is, and the judgement of what comes of each: for `_spoiled_calls_test.ts`. */

import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { processor } from '@paratune/native';
import type { Elements } from './_element_type.ts';
import { badArraysOf, CallersError, oddArraysOf, throwCallersError } from './_spoiled_arrays.ts';
import { argumentsOfViews, isOperand, makeView, planViews, ViewPlan } from './_spoiled_views.ts';
import { type Arguments, computeByReference, randomArguments, resultName } from './_test_calls.ts';
import { type Arena, arenasOf, bufferOf, byteOffsetOf, copyOf, lengthOf } from './_test_memory.ts';
import { generator } from './_test_random.ts';
import {
  type ElementsConstructor,
  type TestedBatch,
  type TestedRoutine,
  testedBatches,
  testedRoutines,
} from './_test_routines.ts';
import { configure, gemm, gemmBatch, gemv, ger } from './mod.ts';

/** Which calls to make. One of a number is the same whenever it is made with the same seed. */
export interface SpoiledCalls {
  backend: 'x64' | 'wasm' | 'js';
  seed: number;
  /** Number of the first. */
  from: number;
  calls: number;
  /** Whether to write each to stderr before it is made. */
  trace: boolean;
}

/** How many calls came to what. */
export interface Outcomes {
  /** Calls that were not spoiled: computed, and compared with plain loops. */
  right: number;
  /** Calls that were, and still mean something: computed and compared. */
  computed: number;
  TypeError: number;
  RangeError: number;
  /** A getter of a view, which is the caller's code, threw. */
  ofCaller: number;
}

/** A call before it is made; for views `given` has their plans. */
interface Call {
  routine: TestedRoutine | TestedBatch;
  form: 'blas' | 'ndarray' | 'views';
  given: Arguments;
  spoiled: boolean;
}

/** Memory and things in place of memory, of one precision. */
interface Supplies {
  ArrayType: ElementsConstructor;
  /** What is written lies apart from what is read, until that is spoiled. */
  inputs: Arena[];
  outputs: Arena[];
  bad: unknown[];
  odd: ((length: number) => Elements)[];
}

interface Dice {
  below(count: number): number;
  pick<T>(values: readonly T[]): T;
}

/** Neither numbers nor words nor arrays. */
const oddities: readonly unknown[] = [
  ...['1', '', null, undefined, true, false, 1n, 2n ** 64n, Symbol('two'), {}, [], [2], new Number(2), new Date(0)],
  ...[new String('transpose'), Object(3n), () => 1, /x/, new Map(), new ArrayBuffer(64), Math],
  { valueOf: () => 2, toString: () => 'transpose' },
  { valueOf: throwCallersError, toString: throwCallersError, [Symbol.toPrimitive]: throwCallersError },
  new Proxy({}, { get: throwCallersError, has: throwCallersError, getPrototypeOf: throwCallersError }),
];

const words: readonly unknown[] = [
  ...['row-major', 'column-major', 'no-transpose', 'transpose', 'conjugate-transpose', 'N', 'T', 'constructor'],
  ...['__proto__', 101, 102, 110, 111, 112, 113, 114, 111.5, -111],
];

const numbers: readonly number[] = [
  ...[0, -0, 1, -1, 2, -2, 3, -5, 8, 17, 255, 256, 257, -256, 1024, 0.5, 1 + 2 ** -52, -1.5, 5e-324, Number.NaN],
  ...[2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 47, 2 ** 52, 2 ** 53 - 1, 2 ** 53, 2 ** 60, 2 ** 63],
  ...[-(2 ** 31), -(2 ** 32), -(2 ** 52), -(2 ** 53 - 1), -(2 ** 63), 2 ** 64, 1e300, -1e300],
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
];

/** A number, a little or a lot off. */
const shifts: readonly ((value: number) => number)[] = [
  (value) => value + 1,
  (value) => value - 1,
  (value) => -value,
  (value) => value * 2,
  (value) => value + 0.25,
  (value) => value + 2 ** 32,
  (value) => value * 2 ** 32,
  (value) => value + 2 ** 53,
];

/** Rows and columns of the largest matrices. */
const LARGEST = 5;

/** Elements of the longest operand: a batch of three of these, every third element of a row, with all gaps and a margin, is 287. */
const LONGEST = 300;

function suppliesOf(Type: unknown, guarded: boolean): Supplies {
  const ArrayType = Type as ElementsConstructor;
  const [inputs, outputs] = [arenasOf(ArrayType, guarded, LONGEST), arenasOf(ArrayType, guarded, LONGEST)];
  return { ArrayType, inputs, outputs, bad: badArraysOf(ArrayType), odd: oddArraysOf(ArrayType) };
}

/** Makes calls and judges each: fails at the first that is not as it must be. */
export function makeSpoiledCalls({ backend, seed, from, calls, trace }: SpoiledCalls): Outcomes {
  const native = backend === 'x64';
  const isas = native ? ([...processor().instructionSets, 'scalar'] as const) : (['auto'] as const);
  const supplies = [suppliesOf(Float64Array, native), suppliesOf(Float32Array, native)];
  const arenas = supplies.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]);
  const outcomes: Outcomes = { right: 0, computed: 0, TypeError: 0, RangeError: 0, ofCaller: 0 };
  for (let number = from; number < from + calls; number++) {
    if (number === from || number % 1000 === 0) {
      configure({ backend, isa: isas[Math.floor(number / 1000) % isas.length]! });
    }
    const random = generator(Math.imul(seed, 0x9e3779b1) + number);
    const below = (count: number) => Math.floor(random() * count);
    const dice: Dice = { below, pick: (values) => values[below(values.length)]! };
    const call = drawCall(random, dice, supplies);
    const values = Object.values(call.given).map((value) => (ViewPlan.is(value) ? makeView(value, below) : value));
    const name = () => `call ${number} of seed ${seed} (${backend}): ${describeCall(call)}`;
    if (trace) writeSync(2, `${name()}\n`);
    try {
      outcomes[judge(call, values, arenas)]++;
    } catch (error) {
      throw new Error(name(), { cause: error });
    }
  }
  return outcomes;
}

const routines: readonly Call['routine'][] = [...testedRoutines, ...testedBatches];

function drawCall(random: () => number, dice: Dice, supplies: Supplies[]): Call {
  const { below, pick } = dice;
  const routine = pick(routines);
  const { kind, ArrayType } = routine;
  const own = supplies.find((each) => each.ArrayType === ArrayType)!;
  /** So many elements, or more: at the end of an arena, at its start, somewhere in it, or all of it. */
  const memory = (name: string, length: number) => {
    const { array } = pick(name === resultName[kind] ? own.outputs : own.inputs);
    assert.ok(length <= array.length, `an operand of ${length} elements`);
    const start = below(array.length - length + 1);
    return pick([
      () => array.subarray(array.length - length),
      () => array.subarray(0, length),
      () => array.subarray(start, start + length),
      () => array,
    ])();
  };
  const form = pick(['blas', 'ndarray', 'views'] as const);
  const drawn = randomArguments(kind, form === 'blas' ? form : 'ndarray', random, memory, LARGEST);
  const style = () => pick(['ndarray', 'stride', 'strides'] as const);
  const call: Call = {
    routine,
    form,
    given: form === 'views' ? planViews(kind, drawn, style) : drawn,
    spoiled: false,
  };
  for (let changes = pick([0, 1, 1, 1, 2, 2, 3]); changes > 0; changes--) spoil(call, own, dice);
  bound(call);
  return call;
}

function spoil(call: Call, own: Supplies, dice: Dice): void {
  const { below, pick } = dice;
  call.spoiled = true;
  const name = pick(Object.keys(call.given));
  const value = call.given[name];
  if (ViewPlan.is(value) && below(12) !== 0) call.given[name] = spoiledView(call, value, own, dice);
  else if (isOperand(name))
    call.given[name] = ViewPlan.is(value) ? pick([...oddities, ...own.bad]) : badArray(call, value, own, dice);
  else if (/^(order|trans)/.test(name)) call.given[name] = pick(pick([words, words, words, oddities, numbers]));
  else call.given[name] = badNumber(value, own, dice);
}

function badNumber(value: unknown, own: Supplies, { below, pick }: Dice): unknown {
  if (typeof value === 'number' && below(3) === 0) return pick(shifts)(value);
  return pick(pick<readonly unknown[]>([numbers, numbers, numbers, oddities, own.bad]));
}

/** Another array for an operand: too short, moved, that of another operand, an odd one, any one, or none. */
function badArray({ given }: Call, value: unknown, own: Supplies, { below, pick }: Dice): unknown {
  const known = [...own.inputs, ...own.outputs].some(({ array }) => array.buffer === bufferOf(value));
  const other = given[pick(Object.keys(given).filter(isOperand))];
  return pick<() => unknown>([
    () => (known ? (value as Elements).subarray(0, Math.max(0, lengthOf(value) - 1 - below(3))) : pick(own.bad)),
    () => (known ? (value as Elements).subarray(1 + below(3)) : pick(oddities)),
    () => (ViewPlan.is(other) ? other.data : other),
    () => pick(own.odd)(pick([0, 1, 10, 40, 200])),
    () => pick(pick([own.inputs, own.outputs])).array.subarray(below(200)),
    () => pick(pick<readonly unknown[]>([own.bad, own.bad, oddities])),
  ])();
}

function spoiledView(call: Call, plan: ViewPlan, own: Supplies, dice: Dice): ViewPlan {
  const { below, pick } = dice;
  const withOne = (list: unknown) => {
    if (!Array.isArray(list) || list.length === 0) return pick(oddities);
    const copy: unknown[] = [...list];
    const d = below(copy.length);
    copy[d] = badNumber(copy[d], own, dice);
    return copy;
  };
  const lists = [
    ...oddities,
    [],
    [2],
    [1, 2, 3],
    new Float64Array([2, 1]),
    { length: 2, 0: 1, 1: 1 },
    'ab',
    new Set([1]),
  ];
  return pick<() => ViewPlan>([
    () => plan.with({ data: badArray(call, plan.data, own, dice) }),
    () => plan.with({ shape: withOne(plan.shape) }),
    () => plan.with({ shape: withOne(plan.shape) }),
    () => plan.with({ stride: withOne(plan.stride) }),
    () => plan.with({ offset: badNumber(plan.offset, own, dice) }),
    () => plan.with({ [pick(['shape', 'stride'])]: pick(lists) }),
    () => plan.with({ flags: pick<unknown>([{ READONLY: true }, { READONLY: false }, ...oddities]) }),
    () => {
      // Another operand, or this one, gets memory that can be taken away.
      const victims = Object.values(call.given).filter(ViewPlan.is);
      const victim = new own.ArrayType(256);
      const one = pick(victims);
      one.data = victim;
      const effect = pick(['throw', 'detach', 'change'] as const);
      const property = pick(['data', 'shape', 'stride', 'offset'] as const);
      return plan.with({ trap: { property, effect, victim } });
    },
  ])();
}

/** Leaves out what is right and would take for ever: sums over a row and a column that are repeated 2^53 times. */
function bound({ form, given }: Call): void {
  const long = (size: unknown) => typeof size === 'number' && size > 1e5;
  if (form === 'ndarray' && long(given.K)) {
    const still = (name: string) => given[`stride${name}1`] === 0 || given[`stride${name}2`] === 0;
    if (still('A') && still('B')) given.K = 7;
  }
  for (const plan of Object.values(given).filter(ViewPlan.is)) {
    const { shape, stride } = plan;
    if (Array.isArray(shape) && shape.some(long) && Array.isArray(stride) && stride.includes(0)) {
      plan.shape = shape.map((size) => (long(size) ? 3 : size));
    }
  }
}

/** Makes a call and checks what comes of it. @returns what that is */
function judge(call: Call, values: unknown[], arenas: Arena[]): keyof Outcomes {
  const { routine, form, given, spoiled } = call;
  const result = resultName[routine.kind];
  const output = values[Object.keys(given).indexOf(result)];
  const plan = given[result];
  const written = ViewPlan.is(plan) ? plan.data : plan;
  const before = copyOf(written);
  let returned: unknown;
  try {
    returned = perform(routine, form, values);
  } catch (error) {
    for (const { bytes, initial } of arenas) assert.ok(bytes.equals(initial), 'refused, and yet something is written');
    return checkError(call, error);
  }
  assert.equal(returned, output);
  const arena = arenas.find(({ array }) => array.buffer === bufferOf(written));
  for (const each of arenas) {
    if (each !== arena) assert.ok(each.bytes.equals(each.initial), 'memory that is no result is written');
  }
  const plans = Object.values(given).filter(ViewPlan.is);
  const traps = plans.flatMap(({ trap }) => trap ?? []);
  for (const { effect, victim } of traps) {
    const lost = effect === 'detach' && lengthOf(victim) === 0 && plans.some(({ data }) => data === victim);
    // An empty operand needs no memory.
    if (lost)
      assert.ok(
        plans.some(({ shape }) => Array.isArray(shape) && shape.includes(0)),
        'computed without its memory',
      );
  }
  if (traps.length === 0) compareResult(call, before!, copyOf(written)!);
  if (arena !== undefined) {
    const [start, length] = [byteOffsetOf(written), before!.byteLength];
    assert.ok(
      arena.bytes.subarray(0, start).equals(arena.initial.subarray(0, start)),
      'memory in front of the result is written',
    );
    const end = start + length;
    assert.ok(arena.bytes.subarray(end).equals(arena.initial.subarray(end)), 'memory behind the result is written');
    arena.initial.copy(arena.bytes);
  }
  return spoiled ? 'computed' : 'right';
}

function perform({ kind, ours }: Call['routine'], form: Call['form'], values: unknown[]): unknown {
  const routine = form === 'views' ? { gemm, gemmBatch, gemv, ger }[kind] : form === 'blas' ? ours : ours.ndarray;
  return (routine as (...values: unknown[]) => unknown)(...values);
}

function checkError({ form, spoiled }: Call, error: unknown): keyof Outcomes {
  if (form === 'views' && error instanceof CallersError) return 'ofCaller';
  const name = (error as Error).constructor.name;
  assert.ok(name === 'TypeError' || name === 'RangeError', inspect(error));
  const argument =
    /^'(order|trans[AB]?|[MNK]|batchCount|alpha|beta|[ABCxy](\.\w+(\[\d\])?)?|LD[ABC]|(stride|offset)[A-Z]\d?)' /;
  assert.match((error as Error).message, argument);
  assert.ok(spoiled, `right, and refused: ${inspect(error)}`);
  return name;
}

/** Compares a result with that of plain loops, every element of its array. */
function compareResult({ routine, form, given }: Call, before: Elements, got: Elements): void {
  const { kind, ArrayType } = routine;
  const numbersGiven = { ...(form === 'views' ? argumentsOfViews(kind, given) : given) };
  const result = resultName[kind];
  for (const name of Object.keys(numbersGiven).filter(isOperand)) numbersGiven[name] = copyOf(numbersGiven[name]);
  numbersGiven[result] = before;
  if (form === 'views' && kind === 'gemv' && numbersGiven.N === 0) {
    // Over no columns a sum is zero, where BLAS does nothing.
    const none = { N: 1, alpha: 0, strideA1: 0, strideA2: 1, offsetA: 0, strideX: 1, offsetX: 0 };
    Object.assign(numbersGiven, none, { A: new ArrayType(1), x: new ArrayType(1) });
  }
  computeByReference(kind, form === 'blas' ? 'blas' : 'ndarray', numbersGiven);
  const factors = [numbersGiven.alpha, numbersGiven.beta ?? 0] as number[];
  // Others lead to infinities and to NaN, one here, the other there.
  const tame = factors.every((factor) => factor === 0 || (Math.abs(factor) < 1e9 && Math.abs(factor) > 1e-9));
  for (let i = 0; i < before.length; i++) {
    const [is, must] = [got[i]!, before[i]!];
    if (is === must) continue;
    const allowed = 1e-6 * (Math.abs(must) + 1000 * (Math.abs(factors[0]!) + Math.abs(factors[1]!)));
    assert.ok(!tame || Math.abs(is - must) <= allowed, `element ${i} is ${is}, must be ${must}`);
  }
}

function describeCall({ routine: { name, kind }, form, given }: Call): string {
  const show = (value: unknown): string => {
    if (ViewPlan.is(value))
      return `{ ${Object.entries(value)
        .map(([key, each]) => `${key}: ${show(each)}`)
        .join(', ')} }`;
    if (ArrayBuffer.isView(value) && copyOf(value) !== undefined) {
      return `array of ${lengthOf(value)} from byte ${byteOffsetOf(value)}`;
    }
    try {
      return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 4 });
    } catch {
      return 'an object that throws';
    }
  };
  const called = { blas: name, ndarray: `${name}.ndarray`, views: kind }[form];
  return `${called}(${Object.entries(given)
    .map(([key, value]) => `${key}: ${show(value)}`)
    .join(', ')})`;
}
