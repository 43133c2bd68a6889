import type { Precision } from './_peers_suite.ts';

/** As much of WebAssembly's interface as is used: Node's types leave it to those of browsers. */
interface Engine {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: { run: (turns: number) => number } };
}

/** A loop of nothing but multiplications and additions of vectors, in registers. */
export interface PeakLoop {
  readonly flops: number;
  run(): void;
}

/** Turns of the loop in a run, which takes a few milliseconds. */
const TURNS = 500_000;

/** Multiply-adds of each accumulator in a turn. */
const UNROLL = 4;

/** An integer in as few bytes as hold it, seven bits in each (LEB128). */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...unsigned(Math.floor(value / 128))];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** Instructions, as the specification of WebAssembly numbers them. */
const [GET, SET, TEE, I32_CONST, I32_SUB, LOOP, BRANCH_IF, END, VECTOR] = [
  ...[0x20, 0x21, 0x22, 0x41, 0x6b, 0x03, 0x0d, 0x0b, 0xfd],
] as [number, number, number, number, number, number, number, number, number];

const byPrecision = {
  double: {
    lanes: 2,
    one: [0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
    ...{ splat: 0x14, first: 0x21, add: 0xf0, multiply: 0xf2, fused: 0x107, toDouble: [] as number[] },
  },
  single: {
    lanes: 4,
    one: [0x43, 0, 0, 0x80, 0x3f],
    ...{ splat: 0x13, first: 0x1f, add: 0xe4, multiply: 0xe6, fused: 0x105, toDouble: [0xbb] },
  },
} as const;

/** Makes the loop for so many accumulators: enough of them hide how long an addition takes. */
export function peakLoop(precision: Precision, muladd: 'fused' | 'separate', accumulators: number): PeakLoop {
  const { lanes, one, splat, first, add, multiply, fused, toDouble } = byPrecision[precision];
  const vector = (opcode: number) => [VECTOR, ...unsigned(opcode)];
  // The counter is variable 0, then come the accumulators and two factors.
  const sums = Array.from({ length: accumulators }, (_, index) => index + 1);
  const factors = [accumulators + 1, accumulators + 2];
  const product = factors.flatMap((factor) => [GET, factor]);
  const step = sums.flatMap((sum) =>
    muladd === 'fused'
      ? [...product, GET, sum, ...vector(fused), SET, sum]
      : [GET, sum, ...product, ...vector(multiply), ...vector(add), SET, sum],
  );
  const body = [
    ...factors.flatMap((factor) => [...one, ...vector(splat), SET, factor]),
    ...[LOOP, 0x40, ...Array.from({ length: UNROLL }, () => step).flat()],
    ...[GET, 0, I32_CONST, 1, I32_SUB, TEE, 0, BRANCH_IF, 0, END],
    // All accumulators are part of the result, so that none is left out.
    ...sums.flatMap((sum, index) => (index === 0 ? [GET, sum] : [GET, sum, ...vector(add)])),
    ...[...vector(first), 0, ...toDouble, END],
  ];
  const code = [1, accumulators + 2, 0x7b, ...body];
  const bytes = Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7c]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, 0x72, 0x75, 0x6e, 0, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
  const { Instance, Module } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
  const { run } = new Instance(new Module(bytes)).exports;
  const multiplyAdds = TURNS * UNROLL * accumulators * lanes;
  return {
    flops: 2 * multiplyAdds,
    run() {
      const sum = run(TURNS);
      if (sum !== TURNS * UNROLL * accumulators) throw new Error(`the loop of ${precision} precision gave ${sum}`);
    },
  };
}
