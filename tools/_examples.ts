import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { compilerOptions, packagesProgram } from './_program.ts';
import type { Problem } from './_workspace.ts';

/** A block of TypeScript in a docstring or a page, and where it stands. */
export interface Example {
  /** Relative to the repository. */
  file: string;
  /** The line of the block's first line of code, from 1. */
  line: number;
  code: string;
}

/** A page or docstring's fenced blocks: the language named after the fence, the line after it (from 1), and the code. */
export function fencedBlocks(text: string, firstLine = 1): { language: string; line: number; code: string }[] {
  const blocks: { language: string; line: number; code: string }[] = [];
  let open: { fence: string; language: string; line: number; code: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const match = /^\s*(`{3,})\s*(\S*)/.exec(line);
    if (!open) {
      if (match) open = { fence: match[1]!, language: match[2]!, line: firstLine + index + 1, code: [] };
    } else if (match && match[1]!.length >= open.fence.length && match[2] === '') {
      blocks.push({ language: open.language, line: open.line, code: open.code.join('\n') });
      open = undefined;
    } else {
      open.code.push(line);
    }
  }
  return blocks;
}

/** The lines of a block comment without their asterisks, numbered as in the file. */
export function commentText(comment: string): string {
  return comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n');
}

/** A module in which the example's lines keep their numbers, so that a stack or a diagnostic points into the real file. */
function moduleOf({ code, line }: Example): string {
  return `${'\n'.repeat(line - 1)}${code}\nexport {};\n`;
}

const where = ({ file, line }: Example) => `${file}:${line}`;

/** An example may name what it does not use, and knows which elements its arrays have. */
const exampleOptions: ts.CompilerOptions = {
  noUncheckedIndexedAccess: false,
  noUnusedLocals: false,
  noUnusedParameters: false,
};

/** Checks the examples' types against the packages' sources. */
export function typeCheckExamples(root: string, examples: Example[]): Problem[] {
  const virtual = new Map(examples.map((example, index) => [join(root, `example-${index}.ts`), moduleOf(example)]));
  const program = packagesProgram(root, virtual, { ...compilerOptions(root), ...exampleOptions });
  return [...virtual.keys()].flatMap((path, index) => {
    const source = program.getSourceFile(path)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      .filter(({ category }) => category === ts.DiagnosticCategory.Error)
      .map(({ start, messageText }) => ({
        where: `${examples[index]!.file}:${source.getLineAndCharacterOfPosition(start ?? 0).line + 1}`,
        what: `the example does not compile: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
      }));
  });
}

/** Runs every example against the built packages, each in a process of its own, as a user of the packages would. */
export async function runExamples(root: string, examples: Example[], timeoutMs = 60_000): Promise<Problem[]> {
  // Inside node_modules, so that the packages are found by name.
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'examples-'));
  const problems: (Problem | undefined)[] = [];
  const queue = [...examples.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, example] = next;
      const path = join(folder, `${index}.mjs`);
      writeFileSync(path, transpile(root, example));
      problems[index] = await runExample(path, root, example, timeoutMs);
    }
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, worker));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return problems.filter((problem) => problem !== undefined);
}

function transpile(root: string, example: Example): string {
  const { outputText, sourceMapText } = ts.transpileModule(moduleOf(example), {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      sourceMap: true,
      verbatimModuleSyntax: true,
    },
  });
  const map = { ...JSON.parse(sourceMapText!), sources: [pathToFileURL(join(root, example.file)).href] };
  const url = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
  return outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, `//# sourceMappingURL=${url}\n`);
}

function runExample(path: string, root: string, example: Example, timeoutMs: number): Promise<Problem | undefined> {
  return new Promise((resolve) => {
    execFile(
      execPath,
      ['--enable-source-maps', path],
      { cwd: root, timeout: timeoutMs, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        const output = `${stdout}${stderr}`
          .replaceAll(`${root}/`, '')
          .split('\n')
          .filter((line) => !/node:internal|^Node\.js v|^\s*$/.test(line))
          .join('\n  ');
        const reason = error?.killed ? `does not end within ${timeoutMs / 1000} s` : 'fails';
        resolve(error ? { where: where(example), what: `the example ${reason}\n  ${output}` } : undefined);
      },
    );
  });
}
