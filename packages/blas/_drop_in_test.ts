/** What `@stdlib/blas` publishes of its routines (examples, types, errors) must hold with ours in their place. Nothing of it is copied here. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import ts from 'typescript';
import type { Elements } from './_element_type.ts';
import { defaults, testedConfigurations } from './_test_backends.ts';
import { type Arguments, argumentNames, type Form, randomArguments, resultName } from './_test_calls.ts';
import { generator } from './_test_random.ts';
import { type TestedRoutine, testedRoutines } from './_test_routines.ts';
import { configure } from './mod.ts';

const require = createRequire(import.meta.url);

/** A routine as a caller without types has it. */
type Untyped = ((...values: unknown[]) => unknown) & { ndarray: Untyped };

function published(name: string, file: string): string {
  return readFileSync(require.resolve(`@stdlib/blas/base/${name}/${file}`), 'utf8');
}

/** Where examples run: `require` gives `routine` in place of the one of the package. */
function contextWith(name: string, routine: unknown, globals: Record<string, unknown> = {}) {
  const modules: Record<string, unknown> = {
    [`@stdlib/blas/base/${name}`]: routine,
    '@stdlib/array/float64': Float64Array,
    '@stdlib/array/float32': Float32Array,
    '@stdlib/random/array/discrete-uniform': integers,
  };
  const load = (wanted: string) => {
    assert.ok(wanted in modules, `an example needs '${wanted}'`);
    return modules[wanted];
  };
  return createContext({ Float64Array, Float32Array, require: load, [name]: routine, ...globals });
}

/** The package's integers are other ones each time; these are not. */
function integers(length: number, low: number, high: number, { dtype }: { dtype: string }): Elements {
  const random = generator(length);
  const values = Array.from({ length }, () => low + Math.floor(random() * (high - low + 1)));
  return dtype === 'float64' ? new Float64Array(values) : new Float32Array(values);
}

/** An array as the package prints it: `<Float64Array>[ 1.0, 2.0 ]`. */
const printedArray = /<(Float(?:64|32)Array)>\[(.*)\]/;

function assertPrinted(value: unknown, text: string, where: string): void {
  const [, type, elements] = printedArray.exec(text)!;
  assert.equal((value as Elements).constructor.name, type, where);
  assert.deepEqual([...(value as Elements)], elements!.split(',').map(Number), where);
}

/** Blocks of code in which comments tell results, `// y => <Float64Array>[ 7.0, 16.0 ]`: from a page, and from docstrings. */
function examplesIn(text: string): string[] {
  const fenced = [...text.matchAll(/```javascript\n([\s\S]*?)```/g)].map(([, code]) => code!);
  const documented = [...text.matchAll(/\* @example\n([\s\S]*?)(?=\n\s*\*(?: @|\/))/g)].map(([, code]) =>
    code!.replaceAll(/^\s*\* ?/gm, ''),
  );
  return [...fenced, ...documented].filter((code) => printedArray.test(code));
}

/** Runs an example and compares each result that it tells of. @returns how many */
function checkExample(name: string, routine: unknown, code: string): number {
  const context = contextWith(name, routine);
  let results = 0;
  for (const part of code.split(/(?<=^\/\/ \w+ => .*$)/m)) {
    runInContext(part, context);
    const told = /^\/\/ (\w+) => (.*)$/m.exec(part);
    if (told === null) continue;
    assertPrinted(runInContext(told[1]!, context), told[2]!, code);
    results++;
  }
  return results;
}

/** Runs the sessions of a `repl.txt`: lines `> code`, each followed by what it prints. @returns how many printed an array */
function checkSessions(name: string, routine: unknown): number {
  let results = 0;
  for (const section of published(name, 'docs/repl.txt')
    .split(/^ {4}Examples\n {4}-+\n/m)
    .slice(1)) {
    const context = contextWith(name, routine);
    const lines = section.split('\n').map((line) => line.trim());
    for (const [index, line] of lines.entries()) {
      if (!line.startsWith('> ')) continue;
      const code = line
        .slice(2)
        .replaceAll(/\{\{alias:@stdlib\/array\/float(\d+)\}\}/g, 'Float$1Array')
        .replaceAll('{{alias}}', name);
      const value = runInContext(code, context);
      if (!printedArray.test(lines[index + 1] ?? '')) continue;
      assertPrinted(value, lines[index + 1]!, line);
      results++;
    }
  }
  return results;
}

const ordinals = words(
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth',
);

function words(text: string): string[] {
  return text.split(' ');
}

/** A value that is not what a docstring says an argument must be. */
function badValue(must: string): unknown {
  if (/^a valid (order|transpose operation)$/.test(must)) return 'neither';
  if (must === 'a nonnegative integer') return -1;
  if (/^(non-zero|a valid stride|greater than or equal to max\(1,.*)$/.test(must)) return 0;
  return assert.fail(`'must be ${must}' is a demand this test does not know`);
}

/** The errors that the docstrings announce: `@throws {RangeError} third argument must be a nonnegative integer`. */
function announcedErrors(name: string, file: string) {
  return [...published(name, file).matchAll(/@throws \{(\w+)\} (\w+) argument must be (.*)/g)].map(
    ([, errorClass, ordinal, must]) => ({ errorClass: errorClass!, index: ordinals.indexOf(ordinal!), must: must! }),
  );
}

function classOfError(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return (error as Error).constructor.name;
  }
}

/** Arguments of a right call of either form, small integers for elements. */
function argumentsOf({ kind, ArrayType }: TestedRoutine, form: Form, seed: number, mostElements?: number): Arguments {
  const random = generator(seed);
  const memory = (_name: string, length: number) =>
    new ArrayType(Array.from({ length: length + 3 }, () => Math.floor(random() * 21) - 10));
  return randomArguments(kind, form, random, memory, mostElements);
}

for (const routine of testedRoutines) {
  const { kind, name, ours, stdlib } = routine;
  const [our, their] = [ours, stdlib] as unknown as [Untyped, Untyped];

  describe(`${name} in the place of @stdlib's`, () => {
    test('gives the results that its page, docstrings and declarations print', () => {
      let results = 0;
      for (const file of ['README.md', 'lib/index.js', `lib/${name}.js`, 'docs/types/index.d.ts']) {
        const examples = examplesIn(published(name, file));
        assert.ok(examples.length > 0, file);
        for (const example of examples) results += checkExample(name, our, example);
      }
      // The module of the second form calls it by the routine's name.
      for (const example of examplesIn(published(name, 'lib/ndarray.js')))
        results += checkExample(name, our.ndarray, example);
      assert.ok(results >= 12, `${results} results found`);
    });

    test('gives the results that its sessions print', () => {
      const results = checkSessions(name, our);
      assert.ok(results >= (kind === 'gemm' ? 2 : 4), `${results} results found`);
    });

    test('prints what it prints in the example of its page', () => {
      const example = [...published(name, 'README.md').matchAll(/```javascript\n([\s\S]*?)```/g)].at(-1)![1]!;
      const outputOf = (either: Untyped) => {
        const output: unknown[][] = [];
        // What is printed is changed later.
        const log = (value: Elements) => output.push([...value]);
        runInContext(example, contextWith(name, either, { console: { log } }));
        return output;
      };
      assert.ok(outputOf(their).length > 0);
      assert.deepEqual(outputOf(our), outputOf(their));
    });

    test('throws the errors that its docstrings announce', () => {
      for (const form of ['blas', 'ndarray'] as const) {
        const announced = announcedErrors(name, form === 'blas' ? `lib/${name}.js` : 'lib/ndarray.js');
        assert.ok(announced.length >= 4, `${announced.length} found`);
        const [ourForm, theirForm] = form === 'blas' ? [our, their] : [our.ndarray, their.ndarray];
        for (const { errorClass, index, must } of announced) {
          for (let seed = 0; seed < 20; seed++) {
            const values = Object.values(argumentsOf(routine, form, seed));
            values[index] = badValue(must);
            assert.equal(
              classOfError(() => ourForm(...values)),
              errorClass,
              `${form}: argument ${index} must be ${must}`,
            );
            assert.equal(
              classOfError(() => theirForm(...values)),
              errorClass,
            );
          }
        }
      }
    });

    test('refuses two bad arguments with the class of error it does', () => {
      const bad = (argument: string) =>
        /^(order|trans)/.test(argument) ? ['x', null, 5] : /^(M|N|K)$/.test(argument) ? [-1, -5] : [0];
      for (const form of ['blas', 'ndarray'] as const) {
        const [ourForm, theirForm] = form === 'blas' ? [our, their] : [our.ndarray, their.ndarray];
        const names = argumentNames[kind][form].filter(
          (argument) =>
            /^(order|trans|[MNK]$|LD)/.test(argument) ||
            (argument.startsWith('stride') && (kind === 'gemm') === argument.startsWith('strideC')),
        );
        for (const first of names) {
          for (const second of names) {
            for (const value of bad(first)) {
              for (const other of bad(second)) {
                const values = Object.values({ ...argumentsOf(routine, form, 7), [second]: other, [first]: value });
                const expected = classOfError(() => theirForm(...values));
                if (expected === undefined) continue;
                assert.equal(
                  classOfError(() => ourForm(...values)),
                  expected,
                  `${form}: ${first} and ${second}`,
                );
              }
            }
          }
        }
      }
    });
  });
}

test('the published types hold: what must compile does, with these types, and what must not does not', () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const files = new Map(
    testedRoutines.map(({ name }) => [
      `${folder}stdlib_${name}.ts`,
      published(name, 'docs/types/test.ts').replace(
        /^import (\w+) = require.*$/m,
        `import { ${name} } from './${name}.ts';`,
      ),
    ]),
  );
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, types: [] },
    ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  const program = ts.createProgram([...files.keys()], options, host);
  const checker = program.getTypeChecker();
  for (const [path, text] of files) {
    const source = program.getSourceFile(path)!;
    const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line;
    const expected = text.split('\n').map((line) => /\/\/ \$Expect(\w+) ?(.*)$/.exec(line));
    assert.ok(expected.filter((found) => found !== null).length > 100, path);
    const wrong = new Set(
      [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ start }) =>
        lineOf(start!),
      ),
    );
    const types = new Map<number, string>();
    const visit = (node: ts.Node): void => {
      if (ts.isExpressionStatement(node))
        types.set(lineOf(node.getEnd()), checker.typeToString(checker.getTypeAtLocation(node.expression)));
      ts.forEachChild(node, visit);
    };
    visit(source);
    for (const [line, found] of expected.entries()) {
      const where = `${path}:${line + 1}: ${text.split('\n')[line]}`;
      assert.equal(wrong.has(line), found?.[1] === 'Error', where);
      // Later versions of the compiler name the buffer too: Float64Array<ArrayBufferLike>.
      if (found?.[1] === 'Type') assert.equal(types.get(line)?.replace(/<.*>$/, ''), found[2], where);
    }
  }
});

for (const [name, configuration] of testedConfigurations()) {
  describe(`the arrays that @stdlib leaves, on integers (${name})`, () => {
    before(() => {
      configure(configuration);
    });
    after(() => {
      configure(defaults);
    });

    for (const routine of testedRoutines) {
      for (const form of ['blas', 'ndarray'] as const) {
        test(`${routine.name}, ${form} form`, () => {
          const [our, their] = [routine.ours, routine.stdlib].map((either) =>
            form === 'blas' ? either : either.ndarray,
          ) as unknown as [Untyped, Untyped];
          const result = resultName[routine.kind];
          fc.assert(
            fc.property(fc.nat(), fc.constantFrom(6, 20, 60), (seed, mostElements) => {
              const given = argumentsOf(routine, form, seed, mostElements);
              // @stdlib takes a conjugate transpose by columns, and the numbers, for no transpose when it checks the leading dimension.
              for (const argument of ['transA', 'transB']) {
                if (form === 'blas' && argument in given)
                  given[argument] = [111, 'no-transpose'].includes(given[argument] as string)
                    ? 'no-transpose'
                    : 'transpose';
              }
              const theirs = { ...given, [result]: (given[result] as Elements).slice() };
              assert.equal(our(...Object.values(given)), given[result]);
              their(...Object.values(theirs));
              const withoutSignOfZero = (array: unknown) => Array.from(array as Elements, (element) => element + 0);
              assert.deepEqual(withoutSignOfZero(given[result]), withoutSignOfZero(theirs[result]));
            }),
            { numRuns: 150 },
          );
        });
      }
    }
  });
}
