import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fencedBlocks, runExamples, typeCheckExamples } from './_examples.ts';
import { fixture } from './_fixture.ts';
import { readDocumentation, readPages } from './docs_check.ts';

test('fencedBlocks numbers lines as in the file, and nests by the length of the fence', () => {
  assert.deepEqual(fencedBlocks('text\n```ts\na\nb\n```\n````text\n```ts\n````\n', 10), [
    { language: 'ts', line: 12, code: 'a\nb' },
    { language: 'text', line: 16, code: '```ts' },
  ]);
});

const documented = `
/**
 * Adds.
 *
 * \`\`\`ts
 * notAnExample();
 * \`\`\`
 *
 * @param a One.
 * @param b Other.
 * @returns The sum.
 * @throws {RangeError} When it is not a number.
 * @example
 * \`\`\`ts
 * import { add } from '@paratune/a';
 * add(1, 2);
 * \`\`\`
 */
export function add(a: number, b: number): number {
  check(a);
  return a + b;
}

function check(a: number): void {
  if (Number.isNaN(a)) throw new RangeError();
}

/** What is added. */
export type Term = number;

/** A class that the example of another would have to name. */
export class Adder {}

/** Names of one statement share its docstring. */
export const [one, two] = [1, 2];

export const bare = 1;

/** Lacks everything but this. */
export const subtract = (a: number, { b }: { b: number }): number => {
  if (b < 0) throw new RangeError();
  return a - b;
};
`;

test('readDocumentation tells what each docstring lacks, and finds the examples', (t) => {
  const root = fixture(t, {
    'packages/a/mod.ts': `export * from './add.ts';`,
    'packages/a/add.ts': documented,
    'packages/a/_private.ts': 'export const noneNeeded = 1;',
  });
  const { examples, problems, count } = readDocumentation(root);
  assert.equal(count, 7);
  assert.deepEqual(examples, [
    { file: 'packages/a/add.ts', line: 15, code: "import { add } from '@paratune/a';\nadd(1, 2);" },
  ]);
  assert.deepEqual(problems.map(({ what }) => what).sort(), [
    "'Adder' is in no @example with a ts block",
    "'bare' has no docstring",
    "'one' is in no @example with a ts block",
    "'subtract' has no @example with a ts block",
    "'subtract' has no @param for 'a'",
    "'subtract' has no @param for '{ b }'",
    "'subtract' throws, and has no @throws",
    "'two' is in no @example with a ts block",
  ]);
  assert.equal(problems.find(({ what }) => what.includes('bare'))?.where, 'packages/a/add.ts:37');
});

test('an example is checked against the types, and run, and told by its line in the file', async (t) => {
  const root = fixture(t, {
    'packages/a/mod.ts': `export { one } from './one.ts';`,
    'packages/a/one.ts': 'export const one: number = 1;',
  });
  const example = (line: number, code: string) => ({ file: 'packages/a/one.ts', line, code });
  assert.deepEqual(
    typeCheckExamples(root, [
      example(3, `import { one } from '@paratune/a';\nconst a: number[] = [one];\nconst b: string = one;`),
    ]),
    [
      {
        where: 'packages/a/one.ts:5',
        what: "the example does not compile: Type 'number' is not assignable to type 'string'.",
      },
    ],
  );

  assert.deepEqual(
    await runExamples(root, [example(1, 'const a: number = 1;'), example(1, 'await Promise.resolve();')]),
    [],
  );
  const [failure] = await runExamples(root, [example(7, `const a: number = 1;\nthrow new Error('no ' + a);`)]);
  assert.equal(failure?.where, 'packages/a/one.ts:7');
  assert.match(failure.what, /packages\/a\/one\.ts:8/);
  assert.match(failure.what, /Error: no 1/);
  const [hung] = await runExamples(root, [example(7, 'setInterval(() => {}, 1000);')], 500);
  assert.match(hung!.what, /does not end within 0.5 s/);
});

test('readPages takes ts to run, and allows no other spelling of it', (t) => {
  const root = fixture(t, {
    'packages/a/mod.ts': '',
    'packages/b/mod.ts': '',
    'packages/a/README.md':
      '# a\n```ts\nlet a = 1;\n```\n```sh\nls\n```\n```typescript\nlet b;\n```\n```\nplain\n```\n',
  });
  const { examples, problems } = readPages(root);
  assert.deepEqual(examples, [{ file: 'packages/a/README.md', line: 3, code: 'let a = 1;' }]);
  assert.deepEqual(
    problems.map(({ where }) => where),
    ['packages/a/README.md:8', 'packages/a/README.md:11', 'packages/b'],
  );
});
