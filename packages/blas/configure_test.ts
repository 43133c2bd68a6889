import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { afterEach, describe, test } from 'node:test';
import { UnsupportedError } from '@paratune/native';
import { chooseInstructionSet, usableThreads } from './_machine_code.ts';
import { defaults, testedConfigurations } from './_test_backends.ts';
import { configure, dgemm, info } from './mod.ts';

const untyped = configure as (options: unknown) => unknown;

/** Runs a module in a process of its own, where the platform may be another. */
function run(code: string): string {
  return execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code], {
    encoding: 'utf8',
  });
}

const mod = new URL('./mod.ts', import.meta.url).href;

describe('configure', () => {
  afterEach(() => {
    configure(defaults);
  });

  test('chooses the backend and the instruction set, and says what is in use', () => {
    for (const [name, configuration] of testedConfigurations()) {
      const used = configure(configuration);
      assert.deepEqual(used, info(), name);
      assert.equal(used.backend, configuration.backend);
      if (used.backend === 'x64') assert.equal(used.isa, configuration.isa);
      else assert.match(used.reason, /asked for/);
    }
  });

  test('keeps what it is not told to change', () => {
    configure({ backend: 'js', tuning: { mu: 2, nu: 2 } });
    assert.equal(configure({}).kernel, 'dgemm_js_2x2');
    assert.equal(configure({ tuning: { ku: 3 } }).ku, 3);
    assert.equal(configure({ threads: 1 }).backend, 'js');
    assert.equal(configure(defaults).kernel, info().kernel);
  });

  test('takes a tuning, and bounds what it may cost', (context) => {
    if (info().backend !== 'x64') {
      context.skip('there is no x64 backend here');
      return;
    }
    const used = configure({ isa: 'sse2', tuning: { mu: 2, nu: 3, ku: 2, mc: 10, kc: 20, nc: 30 } });
    assert.deepEqual(
      { ...used, processor: undefined },
      {
        ...{ backend: 'x64', isa: 'sse2', kernel: 'dgemm_sse2_2x3', mu: 2, nu: 3, ku: 2, mc: 10, kc: 20, nc: 30 },
        // As many vectors, of twice as many elements.
        sgemm: { kernel: 'sgemm_sse2_4x3', mu: 4, nu: 3, ku: 2, mc: 20, kc: 20, nc: 30 },
        gemv: { kernel: 'gemv_sse2_8x8', xUnroll: 8, yUnroll: 8 },
        ger: { kernel: 'ger_sse2_2x4', xUnroll: 2, yUnroll: 4 },
        ...{
          threads: info().threads,
          tuning: { from: 'configure' },
          packingBytes: (200 + 600) * 8,
          processor: undefined,
        },
      },
    );
    assert.throws(
      () => configure({ tuning: { mu: 2, mc: 11 } }),
      /RangeError: 'tuning.mc' must be a multiple of 2 .* got 11/,
    );
    assert.throws(() => configure({ tuning: { kc: 2 ** 40 } }), /RangeError: .* at most 1 GiB/);
    assert.throws(() => configure({ tuning: { mu: 3 } }), RangeError);
    assert.throws(
      () => configure({ tuning: { nu: 2.5 } }),
      /RangeError: 'tuning.nu' must be a positive integer, got 2.5/,
    );
    // What failed changed nothing.
    assert.equal(info().kernel, 'dgemm_sse2_2x3');
  });

  test('takes kernels written by hand, with the register block that they have', (context) => {
    if (info().backend !== 'x64') {
      context.skip('there is no x64 backend here');
      return;
    }
    const used = configure({ isa: 'sse2', tuning: { kernel: 'hand-written', mc: 40 } });
    assert.deepEqual([used.kernel, used.sgemm.kernel], ['dgemm_sse2_4x4_hand_written', 'sgemm_sse2_8x4_hand_written']);
    // C^T = B^T A^T, whose left operand is packed.
    const [A, C] = [Float64Array.from({ length: 2500 }, (_, i) => (i % 7) - 3), new Float64Array(2500)];
    const multiply = () =>
      dgemm('row-major', 'no-transpose', 'transpose', 50, 50, 50, 1, A, 50, A, 50, 0, C, 50).slice();
    const byHand = multiply();
    configure({ tuning: { kernel: 'generated' } });
    assert.deepEqual(multiply(), byHand);
    assert.throws(
      () => configure({ tuning: { kernel: 'hand-written', nu: 3 } }),
      /RangeError: 'tuning.kernel' must be of a 4 x 4 register block, got 'hand-written' of 4 x 3/,
    );
    assert.throws(
      () => configure({ isa: 'scalar', tuning: { kernel: 'hand-written' } }),
      /RangeError: 'tuning.kernel' must be 'generated' with isa 'scalar', got 'hand-written'/,
    );
  });

  test('takes register blocks of so many columns that B cannot be read in place', (context) => {
    if (info().backend !== 'x64') {
      context.skip('there is no x64 backend here');
      return;
    }
    configure({ isa: 'sse2', tuning: { mu: 2, nu: 9 } });
    const [A, C] = [new Float64Array(10_000).fill(1), new Float64Array(10_000)];
    for (const transB of ['transpose', 'no-transpose'] as const) {
      dgemm('column-major', 'no-transpose', transB, 100, 100, 100, 1, A, 100, A, 100, 0, C, 100);
      assert.ok(C.every((value) => value === 100));
    }
  });

  test('refuses unknown options and values', () => {
    const cases: [unknown, new () => Error, RegExp][] = [
      [null, TypeError, /^'options' must be an object, got null/],
      ['x64', TypeError, /^'options' must be an object, got 'x64'/],
      [{ core: 1 }, TypeError, /^'options' must have only the options backend, isa, threads, tuning, got 'core'/],
      [{ backend: 'gpu' }, RangeError, /^'backend' must be 'auto' or 'x64' or 'wasm' or 'js', got 'gpu'/],
      [{ backend: 1 }, TypeError, /^'backend' must be .* got 1/],
      [{ isa: 'avx' }, RangeError, /^'isa' must be 'auto' or 'avx512' .* got 'avx'/],
      [{ threads: 0 }, RangeError, /^'threads' must be 'all' or an integer from 1 to \d+, .* got 0/],
      [{ threads: 1e6 }, RangeError, /^'threads' must be .* got 1000000/],
      [{ threads: 1.5 }, RangeError, /^'threads' must be .* got 1.5/],
      [{ threads: '1' }, TypeError, /^'threads' must be .* got '1'/],
      [{ tuning: 5 }, TypeError, /^'tuning' must be an object, got 5/],
      [{ tuning: { nb: 36 } }, TypeError, /^'tuning' must have only the options kernel, mu, .* got 'nb'/],
      [
        { tuning: { kernel: 'copied' } },
        RangeError,
        /^'tuning.kernel' must be 'generated' or 'hand-written', got 'copied'/,
      ],
      [{ tuning: { kc: '1' } }, TypeError, /^'tuning.kc' must be a positive integer, got '1'/],
      [{ tuning: { kc: 0 } }, RangeError, /^'tuning.kc' must be a positive integer, got 0/],
    ];
    const used = info();
    for (const [options, errorClass, message] of cases) {
      assert.throws(
        () => untyped(options),
        (error: Error) => error.constructor === errorClass && message.test(error.message),
        JSON.stringify(options),
      );
    }
    assert.deepEqual(info(), used);
  });

  /** What is used, and computed, with the engine told so; every process has its own. */
  function fallback(prelude: string) {
    const printed = run(
      `const { configure, dgemm, info } = await import('${mod}');
      ${prelude}
      const { backend, kernel, reason } = info();
      const C = dgemm('row-major', 'transpose', 'no-transpose', 1, 1, 2, 1, new Float64Array([1, 2]), 1, new Float64Array([3, 4]), 1, 0, new Float64Array(1), 1);
      const refused = [{ backend: 'x64' }, { isa: 'avx2' }, { backend: 'wasm' }].map((options) => {
        try { configure(options); return 'none'; } catch ({ name, message }) { return name + ': ' + message; }
      });
      console.log(JSON.stringify({ backend, kernel, reason, C: C[0], refused, after: info().backend }));`,
    );
    return JSON.parse(printed);
  }

  const foreign = "Object.defineProperty(process, 'arch', { value: 'riscv64' });";

  test('falls back to WebAssembly on a platform without machine code, and says why', () => {
    const result = fallback(foreign);
    assert.equal(result.backend, 'wasm');
    assert.match(result.kernel, /^dgemm_simd128_\d+x\d+$/);
    assert.match(result.reason, /only Linux on x86-64/);
    assert.equal(result.C, 11);
    assert.equal(result.after, 'wasm');
    for (const message of result.refused.slice(0, 2))
      assert.match(message, /^UnsupportedError: .* linux-riscv64: only Linux on x86-64/);
    assert.equal(result.refused[2], 'none');
  });

  test('falls back to JavaScript where there is no WebAssembly either, or none with vectors, and says why', () => {
    for (const [prelude, missing] of [
      ['delete globalThis.WebAssembly;', /WebAssembly is not available on .*: this engine has none/],
      ['WebAssembly.validate = () => false;', /WebAssembly with vectors is not available on .*: .* no SIMD/],
      [
        "WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError('Wasm code generation disallowed'); } };",
        /WebAssembly is not available on .*: Wasm code generation disallowed/,
      ],
      [
        "WebAssembly.Memory = class { constructor() { throw new RangeError('could not allocate memory'); } };",
        /memory for WebAssembly is not available on .*: could not allocate memory/,
      ],
    ] as const) {
      const result = fallback(foreign + prelude);
      assert.equal(result.backend, 'js');
      assert.match(result.kernel, /^dgemm_js_\d+x\d+$/);
      assert.match(result.reason, /only Linux on x86-64/);
      assert.match(result.reason, missing);
      assert.equal(result.C, 11);
      assert.equal(result.after, 'js');
      assert.match(result.refused[2], missing);
    }
  });

  test('tells of WebAssembly its kernels, blocks and multiply-add', (context) => {
    const used = configure({ backend: 'wasm', tuning: { mu: 2, nu: 3, ku: 2, mc: 10, kc: 20, nc: 30 } });
    if (used.backend !== 'wasm') return context.skip('no WebAssembly here');
    assert.deepEqual(used, {
      ...{ backend: 'wasm', isa: 'simd128', kernel: 'dgemm_simd128_2x3', mu: 2, nu: 3, ku: 2, mc: 10, kc: 20, nc: 30 },
      sgemm: { kernel: 'sgemm_simd128_4x3', mu: 4, nu: 3, ku: 2, mc: 20, kc: 20, nc: 30 },
      gemv: { kernel: 'gemv_simd128_8x8', xUnroll: 8, yUnroll: 8 },
      ger: { kernel: 'ger_simd128_2x4', xUnroll: 2, yUnroll: 4 },
      ...{ muladd: used.muladd, threads: usableThreads(), tuning: { from: 'configure' } },
      reason: "it was asked for by configure({ backend: 'wasm' })",
    });
    assert.throws(
      () => configure({ tuning: { mu: 2, mc: 11 } }),
      /RangeError: 'tuning.mc' must be a multiple of 2 .* got 11/,
    );
    assert.throws(() => configure({ tuning: { mu: 3 } }), RangeError);
    assert.equal(info().kernel, 'dgemm_simd128_2x3');
  });

  test('names the instruction sets that work when asked for one that does not', () => {
    assert.throws(
      () => chooseInstructionSet('avx512', ['sse2', 'avx2']),
      (error: Error) =>
        error instanceof UnsupportedError &&
        /^instruction set 'avx512' .* have sse2, avx2; configure\(\{ isa: 'avx2' \}\) works$/.test(error.message),
    );
    assert.equal(chooseInstructionSet('auto', ['sse2', 'avx2']), 'avx2');
    assert.equal(chooseInstructionSet('sse2', ['sse2', 'avx2']), 'sse2');
    assert.equal(chooseInstructionSet('scalar', ['sse2']), 'scalar');
  });

  test('runs JavaScript where code may not be made from strings', () => {
    const code = `
      const { configure, dgemm } = await import('${mod}');
      configure({ backend: 'js' });
      console.log(dgemm('row-major', 'no-transpose', 'no-transpose', 1, 1, 1, 2, new Float64Array([3]), 1, new Float64Array([7]), 1, 0, new Float64Array(1), 1)[0]);`;
    const printed = execFileSync(
      process.execPath,
      ['--import', 'tsx', '--disallow-code-generation-from-strings', '--input-type=module', '--eval', code],
      { encoding: 'utf8' },
    );
    assert.equal(printed.trim(), '42');
  });

  test('takes effect at the next call', () => {
    const once = (backend: 'x64' | 'wasm' | 'js' | 'auto') => {
      configure({ backend });
      const C = new Float64Array(4);
      dgemm(
        'column-major',
        'no-transpose',
        'no-transpose',
        2,
        2,
        1,
        1,
        new Float64Array([1, 2]),
        2,
        new Float64Array([3, 4]),
        1,
        0,
        C,
        2,
      );
      return [...C];
    };
    assert.deepEqual([once('js'), once('auto'), once('wasm'), once('js')], Array(4).fill([3, 6, 4, 8]));
  });
});
