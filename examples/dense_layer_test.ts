import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { arch, platform } from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compare, denseLayer, usableSets } from './dense_layer.ts';

const sets = arch === 'x64' && platform === 'linux' ? usableSets() : [];
const skip = sets.length === 0 ? 'needs Linux on x86-64 with AVX2' : false;

const random = (length: number) => Float64Array.from({ length }, () => 2 * Math.random() - 1);

test('the outputs are those of three loops, at all edges', { skip }, () => {
  for (const isa of sets) {
    for (const [features, samples, depth] of [
      [24, 8, 5],
      [1, 1, 1],
      [53, 19, 40],
      [25, 9, 3],
      [100, 30, 1500],
    ] as const) {
      const [weights, biases, inputs] = [random(features * depth), random(features), random(samples * depth)];
      const { run, stride, lengthOf } = denseLayer(weights, biases, isa);
      const values = run(inputs);
      assert.equal(values.length, lengthOf(samples));
      let rectified = 0;
      for (let s = 0; s < samples; s++) {
        for (let f = 0; f < features; f++) {
          let sum = 0;
          for (let p = 0; p < depth; p++) sum += weights[f * depth + p]! * inputs[s * depth + p]!;
          const expected = Math.max(0, sum + biases[f]!);
          if (expected === 0) rectified++;
          const got = values[s * stride + f]!;
          assert.ok(
            Math.abs(got - expected) <= 1e-15 * (depth + 2) * (depth + 1),
            `${isa} ${features}x${samples}x${depth}: ${got}, ${expected}`,
          );
          assert.ok(got >= 0);
        }
      }
      if (features * samples > 100) assert.ok(rectified > 0 && rectified < features * samples);
    }
  }
});

test('NaN stays NaN, and does not spread to other outputs', { skip }, () => {
  for (const isa of sets) {
    const weights = random(30 * 4);
    weights[7 * 4 + 2] = Number.NaN;
    const { run, stride } = denseLayer(weights, random(30), isa);
    const values = run(random(3 * 4));
    for (let s = 0; s < 3; s++)
      for (let f = 0; f < 30; f++) assert.equal(Number.isNaN(values[s * stride + f]), f === 7);
  }
});

test('what does not fit is refused', { skip }, () => {
  assert.throws(
    () => denseLayer(random(7), random(3)),
    /'weights' must be a multiple of 3, the number of biases, got 7/,
  );
  assert.throws(
    () => denseLayer(random(6), random(3)).run(random(4), random(5)),
    /'outputs' must have \d+ elements or more, got 5/,
  );
  assert.throws(() => denseLayer(random(6), random(3)).run(random(3)), /'inputs' must be a multiple of 2, .*, got 3/);
});

test('both ways are timed', { skip }, () => {
  const { layer, product } = compare(120, 120, 200, 3);
  assert.ok(layer > 0 && product > 0);
});

test('the kernel takes fewer than 60 lines of code', () => {
  const source = readFileSync(fileURLToPath(new URL('./dense_kernel.ts', import.meta.url)), 'utf8');
  const kernel = source.slice(source.indexOf('export function denseKernel'));
  assert.ok(kernel.trimEnd().split('\n').length < 60, `${kernel.split('\n').length} lines`);
});
