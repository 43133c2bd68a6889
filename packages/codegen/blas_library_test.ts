import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { processor } from '@paratune/native';
import fc from 'fast-check';
import koffi from 'koffi';
import { type AnyGemm, arrayOf, checkGemm, type Elements, gemmCase, precisions } from './_gemm_cases_test.ts';
import { blasLibrary } from './blas_library.ts';

const isX64 = process.arch === 'x64' && process.platform === 'linux';
const skip = isX64 ? false : 'needs Linux on x86-64';
const folder = mkdtempSync(join(tmpdir(), 'paratune-library-'));
after(() => rmSync(folder, { recursive: true }));

const isas = isX64 ? processor().instructionSets : [];

/** The library with the kernels of one instruction set, or of all. */
function libraryFor(isa?: (typeof isas)[number]): string {
  const path = join(folder, `libparatune${isa === undefined ? '' : `-${isa}`}.so`);
  if (!existsSync(path)) writeFileSync(path, blasLibrary(isa && { isas: [isa] }).bytes);
  return path;
}

/** Where Debian's libblas-test has the testers of the Reference-LAPACK. */
const testers = '/usr/lib/x86_64-linux-gnu/blas';

const [ROW_MAJOR, COLUMN_MAJOR, PLAIN, TRANSPOSED] = [101, 102, 111, 112];

/** The library's GEMM as a kernel for all strides that a BLAS has, and undefined for others. */
function gemmOf(path: string, precision: (typeof precisions)[number]): (order: number) => AnyGemm {
  const [letter, type] = precision === 'double' ? ['d', 'double'] : ['s', 'float'];
  const parameters = [
    'int',
    'int',
    'int',
    'int',
    'int',
    'int',
    type,
    'void *',
    'int',
    'void *',
    'int',
    type,
    'void *',
    'int',
  ];
  const call = koffi.load(path).func(`cblas_${letter}gemm`, 'void', parameters);
  return (order) =>
    (m, n, k, alpha, a, aOffset, aRow, aColumn, b, bOffset, bRow, bColumn, beta, c, cOffset, cRow, cColumn) => {
      const along = order === ROW_MAJOR ? [aColumn, bColumn] : [aRow, bRow];
      const lead = (isPlain: boolean, row: number, column: number, rows: number, columns: number) => {
        const wanted = order === ROW_MAJOR ? columns : rows;
        const stride = (order === ROW_MAJOR) === isPlain ? row : column;
        return Math.max(stride, 1, isPlain ? wanted : order === ROW_MAJOR ? rows : columns);
      };
      const [plainA, plainB] = along.map((stride) => stride === 1) as [boolean, boolean];
      const at = (array: Elements, offset: number) => array.subarray(offset);
      call(
        ...[order, plainA ? PLAIN : TRANSPOSED, plainB ? PLAIN : TRANSPOSED, m, n, k, alpha],
        ...[at(a, aOffset), lead(plainA, aRow, aColumn, m, k), at(b, bOffset), lead(plainB, bRow, bColumn, k, n)],
        ...[beta, at(c, cOffset), Math.max(1, order === ROW_MAJOR ? cRow : cColumn)],
      );
    };
}

for (const isa of isas) {
  for (const precision of precisions) {
    test(`cblas_?gemm keeps the error bound and its operands, in ${precision}, ${isa}`, { skip }, () => {
      const gemm = gemmOf(libraryFor(isa), precision);
      const memory = { a: arrayOf(precision), b: arrayOf(precision), c: arrayOf(precision) };
      const arenas = Object.fromEntries(Object.entries(memory).map(([name, type]) => [name, new type(48_000)]));
      const upwards = { negateRows: false, negateColumns: false } as const;
      const operand = fc.constantFrom('columns', 'rows');
      fc.assert(
        fc.property(gemmCase, operand, operand, fc.boolean(), (one, kindA, kindB, byRows) => {
          const c = { ...one.c, ...upwards, kind: byRows ? 'rows' : 'columns' } as const;
          const plain = {
            ...one,
            a: { ...one.a, ...upwards, kind: kindA },
            b: { ...one.b, ...upwards, kind: kindB },
            c,
          };
          checkGemm({ ...plain, batch: 1 } as typeof one, (name) => arenas[name]!, [
            [isa, gemm(byRows ? ROW_MAJOR! : COLUMN_MAJOR!)],
          ]);
        }),
        { numRuns: 100 },
      );
    });
  }

  for (const [tester, level] of [
    ['xblat2d', 'dblat2'],
    ['xblat2s', 'sblat2'],
    ['xblat3d', 'dblat3'],
    ['xblat3s', 'sblat3'],
  ] as const) {
    const missing = existsSync(join(testers, tester)) ? skip : 'needs libblas-test (apt-get install libblas-test)';
    test(`the Reference-LAPACK's ${tester} passes, ${isa}`, { skip: missing }, () => {
      const { status } = spawnSync(join(testers, tester), {
        cwd: folder,
        env: { ...process.env, LD_PRELOAD: libraryFor(isa) },
        input: readFileSync(join(testers, `${level}.in`)),
      });
      assert.equal(status, 0);
      const summary = readFileSync(join(folder, `${level}.out`), 'utf8');
      assert.match(summary, /END OF TESTS/);
      assert.doesNotMatch(summary, /FAILED|SUSPECT|\*\*\*\*/);
      const routines = level.endsWith('2') ? ['GEMV', 'GER'] : ['GEMM'];
      for (const routine of routines) {
        const name = `${level[0]!.toUpperCase()}${routine}`.padEnd(6);
        assert.match(summary, new RegExp(`${name} PASSED THE COMPUTATIONAL TESTS`));
        assert.match(summary, new RegExp(`${name} PASSED THE TESTS OF ERROR-EXITS`));
      }
    });
  }
}

describe('a C program', { skip: skip || (spawnSync('gcc', ['--version']).status === 0 ? false : 'needs gcc') }, () => {
  const source = fileURLToPath(new URL('./_blas_program.c', import.meta.url));
  const program = join(folder, 'program');
  const build = (...args: string[]) => {
    const options = ['-O1', '-Wall', '-Wextra', '-Werror', '-Wl,--fatal-warnings', '-rdynamic', source, '-o', program];
    const { status, stderr } = spawnSync('gcc', [...options, ...args, '-lpthread'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const run = spawnSync(program, { encoding: 'utf8' });
    assert.equal(run.stdout, 'right\n', run.stderr);
  };

  test('computes with the shared library', () => {
    libraryFor();
    build(`-L${folder}`, '-lparatune', `-Wl,-rpath,${folder}`);
  });

  test('computes with the object file, also where addresses are fixed', () => {
    const object = join(folder, 'paratune.o');
    writeFileSync(object, blasLibrary({ form: 'object' }).bytes);
    build(object);
    build(object, '-no-pie');
  });
});

/** Why Debian's NumPy cannot be tested, or false: a NumPy of other makes brings a BLAS of its own, with names of its own. */
function skipNumpy(): string | false {
  const where = 'import numpy.core._multiarray_umath as module; print(module.__file__)';
  const { stdout, status } = spawnSync('/usr/bin/python3', ['-c', where], { encoding: 'utf8' });
  const linked = status === 0 ? spawnSync('ldd', [stdout.trim()], { encoding: 'utf8' }).stdout : '';
  return linked.includes('libblas.so.3')
    ? false
    : 'needs NumPy that is linked with libblas.so.3 (apt-get install python3-numpy)';
}

test('NumPy computes with the library when it is preloaded, and without being built again', {
  skip: skip || skipNumpy(),
}, () => {
  const program = fileURLToPath(new URL('./_numpy_program.py', import.meta.url));
  const run = (preload: string) =>
    spawnSync('/usr/bin/python3', [program], { encoding: 'utf8', env: { ...process.env, LD_PRELOAD: preload } });
  const { stdout, stderr } = run(libraryFor());
  assert.equal(stdout, 'right\n', stderr);
  assert.match(run('').stderr, /cblas_dgemm/);
});

test('who has no xerbla is told on the standard error, and nothing is computed', { skip }, () => {
  const code = `
    const koffi = require(${JSON.stringify(fileURLToPath(import.meta.resolve('koffi')))});
    const types = ['int', 'int', 'int', 'double', 'void *', 'int', 'void *', 'int', 'void *', 'int'];
    const dger = koffi.load(${JSON.stringify(libraryFor())}).func('cblas_dger', 'void', types);
    const a = Float64Array.of(7, 7, 7, 7);
    dger(101, 2, 2, 1, a, 1, a, 1, a, 1);
    dger(102, 2, 2, 1, a, 0, a, 1, a, 2);
    process.stdout.write(a.join());`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
  assert.equal(stdout, '7,7,7,7');
  const line = (number: string) => ` ** On entry to DGER   parameter number ${number} had an illegal value\n`;
  assert.equal(stderr, line('10') + line(' 6'));
});

const skipReadelf = skip || (spawnSync('readelf', ['--version']).error ? 'needs readelf, of binutils' : false);
test('the library asks for nothing, its code cannot be written and its stack not be executed', {
  skip: skipReadelf,
}, () => {
  const { stdout, status } = spawnSync('readelf', ['-dlW', libraryFor()], { encoding: 'utf8' });
  assert.equal(status, 0);
  assert.doesNotMatch(stdout, /NEEDED|TEXTREL|RWE/);
  assert.match(stdout, /GNU_STACK .* RW /);
  assert.match(stdout, /SONAME.*libparatune\.so/);
});

test('what cannot be is refused', () => {
  assert.throws(() => blasLibrary({ isas: [] }), /'isas' must be an array of one instruction set or more/);
  assert.throws(
    () => blasLibrary({ isas: ['mmx' as 'sse2'] }),
    /'isas' must be 'sse2' or 'avx2' or 'avx512', got 'mmx'/,
  );
  assert.throws(() => blasLibrary({ form: 'static' as 'object' }), /'form' must be 'shared' or 'object', got 'static'/);
});
