/**
 * A kernel of one's own, written with the assembler of `@paratune/codegen`: a dense layer of a neural network, max(0, W X + b), in one
 * pass, and the product alone by `dgemm` beside it, timed in turn:
 *
 *     npx --yes pnpm example:dense-layer [features] [samples] [depth]
 */

import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { configure, dgemm, info } from '@paratune/blas';
import { load, processor, UnsupportedError } from '@paratune/native';
import { denseKernel, signature, tiles } from './dense_kernel.ts';

/** What a block of weights may take of a level 2 cache: half of the 1 MB that Zen 4 has. */
const BLOCK_BYTES = 2 ** 19;

/** Copies rows of `depth` elements into panels of `unit` rows, one step of the depth after the other; the last is filled up with zeros. */
function panels(rows: Float64Array, depth: number, unit: number): Float64Array {
  const count = rows.length / depth;
  const packed = new Float64Array(Math.ceil(count / unit) * unit * depth);
  for (let row = 0; row < count; row++) {
    let to = Math.floor(row / unit) * unit * depth + (row % unit);
    for (let p = 0; p < depth; p++, to += unit) packed[to] = rows[row * depth + p]!;
  }
  return packed;
}

/** Computes outputs: that of feature f of sample s is element s * stride + f. */
export interface DenseLayer {
  /** Elements from a sample's outputs to the next's: the features, rounded up. */
  stride: number;
  /** Elements that the outputs of so many samples take. */
  lengthOf(samples: number): number;
  /** @param inputs One sample after the other. @param outputs Where to; a new array by default. */
  run(inputs: Float64Array, outputs?: Float64Array): Float64Array;
}

/** Instruction sets of this processor that there is a kernel for, the best first. */
export function usableSets(): (keyof typeof tiles)[] {
  return (['avx512', 'avx2'] as const).filter((isa) => processor().instructionSets.includes(isa));
}

/**
 * A dense layer: max(0, W x + b) for each sample x.
 *
 * @param weights W, row by row: as many rows as there are biases.
 * @param biases b, one a row.
 * @param isa The instruction set; the best that this processor has by default.
 * @throws {RangeError} When the number of weights is no multiple of that of biases; from `run`, when there is no whole number of samples, or no
 * room for their outputs.
 * @throws {UnsupportedError} When this machine cannot run the kernel.
 */
export function denseLayer(weights: Float64Array, biases: Float64Array, isa = usableSets()[0]): DenseLayer {
  if (isa === undefined) throw new UnsupportedError('a dense layer', 'this processor has neither AVX-512 nor AVX2');
  const depth = weights.length / biases.length;
  if (!(Number.isInteger(depth) && depth > 0)) {
    throw new RangeError(
      `'weights' must be a multiple of ${biases.length}, the number of biases, got ${weights.length}`,
    );
  }
  const { mu, nu } = tiles[isa];
  const kernel = load(denseKernel(isa, depth), { signature });
  const packed = panels(weights, depth, mu); // once, whatever the number of calls
  const stride = packed.length / depth;
  const paddedBiases = new Float64Array(stride);
  paddedBiases.set(biases);
  const blockRows = mu * Math.max(1, Math.floor(BLOCK_BYTES / (8 * mu * depth)));
  const lengthOf = (samples: number) => stride * nu * Math.ceil(samples / nu);
  /** Whole panels of nu samples. */
  const runPanels = (inputs: Float64Array, outputs: Float64Array) => {
    for (let first = 0; first < stride; first += blockRows) {
      const [block, bias, tile] = [
        packed.subarray(first * depth),
        paddedBiases.subarray(first),
        outputs.subarray(first),
      ];
      const rows = Math.min(blockRows, stride - first);
      kernel(block, inputs, bias, tile, rows / mu, inputs.length / (depth * nu), 8 * stride);
    }
  };
  return {
    stride,
    lengthOf,
    run(inputs, outputs = new Float64Array(lengthOf(inputs.length / depth))) {
      const samples = inputs.length / depth;
      if (!(samples > 0 && Number.isInteger(samples))) {
        throw new RangeError(`'inputs' must be a multiple of ${depth}, the inputs of a sample, got ${inputs.length}`);
      }
      if (outputs.length < lengthOf(samples)) {
        throw new RangeError(`'outputs' must have ${lengthOf(samples)} elements or more, got ${outputs.length}`);
      }
      const whole = samples - (samples % nu);
      if (whole > 0) runPanels(inputs.subarray(0, whole * depth), outputs);
      if (whole < samples) {
        const rest = new Float64Array(nu * depth);
        rest.set(inputs.subarray(whole * depth));
        runPanels(rest, outputs.subarray(whole * stride));
      }
      return outputs;
    },
  };
}

/** Gflops of the layer and of the product alone, medians of rounds in turn, in processor time of one thread. */
export function compare(
  features: number,
  samples: number,
  depth: number,
  rounds: number,
): Record<'layer' | 'product', number> {
  const random = (length: number) => Float64Array.from({ length }, () => 2 * Math.random() - 1);
  const [weights, biases, inputs] = [random(features * depth), random(features), random(samples * depth)];
  const layer = denseLayer(weights, biases);
  const outputs = new Float64Array(layer.lengthOf(samples));
  const c = new Float64Array(features * samples);
  const ways = {
    layer: () => layer.run(inputs, outputs),
    product: () =>
      // Rows one after the other are columns of the transposed: C = (W^T)^T X^T, column-major.
      dgemm(
        'column-major',
        'transpose',
        'no-transpose',
        features,
        samples,
        depth,
        1,
        weights,
        depth,
        inputs,
        depth,
        0,
        c,
        features,
      ),
  };
  const times: Record<keyof typeof ways, number[]> = { layer: [], product: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(ways) as [keyof typeof ways, () => unknown][]) {
      const start = process.cpuUsage();
      run();
      const { user, system } = process.cpuUsage(start);
      if (round > 0) times[name].push(user + system);
    }
  }
  const rate = (microseconds: number[]) =>
    (2 * features * samples * depth) / (1000 * microseconds.toSorted((a, b) => a - b)[microseconds.length >> 1]!);
  return { layer: rate(times.layer), product: rate(times.product) };
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [features = 1000, samples = 1000, depth = 500] = argv.slice(2).map(Number);
  configure({ threads: 1 });
  const { layer, product } = compare(features, samples, depth, 7);
  stdout.write(
    `${features} features of ${samples} samples of ${depth} inputs, one thread (${usableSets()[0]}; dgemm: ${info().kernel})\n` +
      `max(0, W X + b), fused  ${layer.toFixed(1)} Gflops\nW X by dgemm            ${product.toFixed(1)} Gflops\nratio                   ${(layer / product).toFixed(2)}\n`,
  );
}
