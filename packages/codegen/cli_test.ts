import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { explainGemm } from './explain_gemm.ts';
import { gemmSpec } from './gemm_spec.ts';
import { generate } from './generate.ts';

const program = fileURLToPath(new URL('./cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'paratune-codegen-cli-'));
after(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): Promise<{ code: number; stdout: Buffer; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', program, ...args],
      { encoding: 'buffer', maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr: String(stderr) });
      },
    );
  });
}

test('every parameter of Table 2 is an option', async () => {
  const { code, stdout } = await run('kernel', '--help');
  assert.equal(code, 0);
  for (const option of [
    '--mu',
    '--nu',
    '--ku',
    '--muladd',
    '--latency',
    '--x-unroll',
    '--y-unroll',
    '--isa',
    '--target',
  ])
    assert.ok(String(stdout).includes(option), option);
});

test('the code is that of generate', async () => {
  const output = join(folder, 'kernel.bin');
  const options = [
    '--isa',
    'avx2',
    '--mu',
    '8',
    '--nu',
    '4',
    '--ku',
    '2',
    '--pack-b',
    'false',
    '--m',
    'any',
    '-o',
    output,
  ];
  const [toFile, toOutput] = await Promise.all([run('gemm', ...options), run('--target', 'js', '--isa', 'scalar')]);
  assert.equal(toFile.code + toOutput.code, 0);
  const spec = gemmSpec({ isa: 'avx2', mu: 8, nu: 4, ku: 2, packB: false });
  assert.deepEqual(new Uint8Array(readFileSync(output)), generate(spec, { target: 'x64' }).bytes);
  assert.equal(String(toOutput.stdout), generate(gemmSpec({ isa: 'scalar' }), { target: 'js' }).text);
});

test('--listing disassembles, and --json describes', async () => {
  const [listed, described] = await Promise.all([
    run('gemv', '--isa', 'avx2', '--listing'),
    run('ger', '--target', 'object', '--symbol', 'mine', '--y-unroll', '2', '--json'),
  ]);
  assert.match(String(listed.stdout), /vfmadd231pd ymm/);
  const { target, spec, abi, bytes } = JSON.parse(String(described.stdout));
  assert.deepEqual([target, spec.yUnroll, abi.kind], ['object', 2, 'x64-block']);
  assert.ok(bytes > 1000);
});

test('--target c writes C, in the form that is asked for', async () => {
  const { code, stdout } = await run(
    '--target',
    'c',
    '--isa',
    'neon',
    '--form',
    'vectors',
    '--symbol',
    'mine',
    '--nu',
    '4',
  );
  assert.equal(code, 0);
  const spec = gemmSpec({ isa: 'neon', nu: 4 });
  assert.equal(String(stdout), generate(spec, { target: 'c', form: 'vectors', symbol: 'mine' }).text);
});

test('--explain tells registers, sizes and predicted cycles, and --json the same as a value', async () => {
  const options = ['--isa', 'avx2', '--mu', '12', '--nu', '4', '--ku', '2', '--explain'];
  const [text, json] = await Promise.all([
    run(...options),
    run(...options, '--arithmetic-per-cycle', '0.5', '--loads-per-cycle', '1', '--latency-cycles', '5', '--json'),
  ]);
  assert.equal(text.code + json.code, 0);
  assert.match(String(text.stdout), /sums +ymm0-11 {2}\(12\)\n/);
  assert.match(String(text.stdout), /arithmetic +24 fused multiply-adds: 192 flops\n/);
  assert.match(String(text.stdout), /predicted, not measured/);
  assert.match(String(text.stdout), /predicted +12, bound by arithmetic: 16 flops a cycle\n$/);
  const model = { arithmeticPerCycle: 0.5, loadsPerCycle: 1, latencyCycles: 5 };
  const explanation = explainGemm(gemmSpec({ isa: 'avx2', mu: 12, nu: 4, ku: 2 }), model);
  assert.deepEqual(JSON.parse(String(json.stdout)), explanation);
  assert.equal(explanation.predicted.cycles, 48);
});

test('library makes a library', async () => {
  const output = join(folder, 'libparatune.so');
  const { code, stdout } = await run('library', '-o', output, '--isas', 'sse2', '--json');
  assert.equal(code, 0);
  const { form, symbols, bytes } = JSON.parse(String(stdout));
  assert.equal(form, 'shared');
  assert.ok(symbols.includes('dgemm_'));
  assert.equal(readFileSync(output).length, bytes);
});

for (const [args, message] of [
  [['--mu', '0'], /'mu' must be a multiple of 2 from 2 to \d+ with isa 'sse2' in double precision, got 0/],
  [['--isa', 'avx512', '--nu', '12'], /'nu' must be an integer from 1 to 9 .*, got 12/],
  [['--ku', 'many'], /'ku' must be .*, got NaN/],
  [['--pack-a', 'maybe'], /'packA' must be a boolean, got maybe/],
  [['--isa', 'mmx'], /'isa' must be 'avx512' or .*, got 'mmx'/],
  [['--target', 'fortran'], /'target' must be 'x64' or .*, got 'fortran'/],
  [['ger', '--mu', '4'], /'--mu' must be left out for ger/],
  [['syrk'], /'routine' must be 'gemm' or 'gemv' or 'ger', got 'syrk'/],
  [['--target', 'object', '--symbol', '1x'], /'symbol' must be a name as C has them, got '1x'/],
  [['--target', 'c', '--form', 'asm'], /'form' must be 'intrinsics' or 'vectors' with isa 'sse2', got 'asm'/],
  [['gemv', '--explain'], /'--explain' must be left out for gemv/],
  [['--explain', '--target', 'js'], /'--explain' must be left out for gemm and target 'js'/],
  [['--explain', '--loads-per-cycle', 'two'], /'loadsPerCycle' must be a finite number above 0, got NaN/],
  [['library', '--isas', 'sse9', '-o', '/dev/null'], /'isas' must be .*, got 'sse9'/],
] as const) {
  test(`bad usage: ${args.join(' ')}`, async () => {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 2);
    assert.equal(stdout.length, 0);
    assert.match(stderr, message);
  });
}
