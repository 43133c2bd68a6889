import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { commentText, type Example, fencedBlocks, runExamples, typeCheckExamples } from './_examples.ts';
import { exportsOf, packagesProgram } from './_program.ts';
import { type Outcome, runAsScript } from './_script.ts';
import { filesBelow, type Problem, publicFiles, readPackages, repository } from './_workspace.ts';

/** What the docstrings say, and what they lack. */
export interface Documentation {
  examples: Example[];
  problems: Problem[];
  /** How many exports were read. */
  count: number;
}

/**
 * Reads the docstring of every public export: a sentence, and an example unless it is an interface or a type alias. A
 * class or a constant may be shown by another's example in its file instead. A function names its parameters in order by `@param`, and says by `@throws`
 * what it throws when it, or a function of its package that it calls, throws.
 */
export function readDocumentation(
  root: string = repository,
  program: ts.Program = packagesProgram(root),
): Documentation {
  const result: Documentation = { examples: [], problems: [], count: 0 };
  for (const { folder } of readPackages(root)) {
    for (const file of publicFiles(root, folder)) {
      const first = result.examples.length;
      const unshown: { where: string; name: string }[] = [];
      for (const [name, symbol] of exportsOf(program, join(root, folder, file))) {
        // A name that is both a type and a value, or overloaded, has several declarations: one of them speaks for all.
        const declarations = (symbol.declarations ?? []).filter(
          (declaration) => !program.isSourceFileFromExternalLibrary(declaration.getSourceFile()),
        );
        if (declarations.length === 0) continue;
        result.count++;
        const { hasExample, where } = readExport(root, program, name, declarations, result);
        if (!hasExample) unshown.push({ name, where });
      }
      const shown = result.examples.slice(first).map(({ code }) => code);
      for (const { name, where } of unshown) {
        if (!shown.some((code) => new RegExp(`\\b${name}\\b`).test(code))) {
          result.problems.push({ where, what: `'${name}' is in no @example with a ts block` });
        }
      }
    }
  }
  return result;
}

/** Reads one export's docstring; `hasExample` is false only where another export's example may stand in. */
function readExport(
  root: string,
  program: ts.Program,
  name: string,
  declarations: ts.Declaration[],
  result: Documentation,
): { where: string; hasExample: boolean } {
  const position = (node: ts.Node, offset = node.getStart()) => {
    const source = node.getSourceFile();
    return `${relative(root, source.fileName)}:${source.getLineAndCharacterOfPosition(offset).line + 1}`;
  };
  const where = position(declarations[0]!);
  const problem = (what: string) => result.problems.push({ where, what: `'${name}' ${what}` });

  const docs = declarations
    .flatMap((declaration) => ts.getJSDocCommentsAndTags(documentedNode(declaration)))
    .filter(ts.isJSDoc);
  if (docs.length === 0) {
    problem('has no docstring');
    return { where, hasExample: true };
  }
  if (!docs.some((doc) => ts.getTextOfJSDocComment(doc.comment)?.trim())) problem('has a docstring that says nothing');

  const examples = docs.flatMap((doc) => examplesOf(root, doc));
  const known = new Set(result.examples.map(({ file, line }) => `${file}:${line}`));
  result.examples.push(...examples.filter(({ file, line }) => !known.has(`${file}:${line}`)));

  const tags = docs.flatMap((doc) => doc.tags ?? []);
  const documented = new Set(tags.filter(ts.isJSDocParameterTag).map((tag) => tag.name.getText().split('.')[0]));
  const functions = declarations.map(functionOf).filter((node) => node !== undefined);
  for (const { parameters } of functions) {
    for (const { name: parameter } of parameters) {
      // A destructured parameter has no name of its own: any @param may stand for it.
      const named = ts.isIdentifier(parameter) ? documented.has(parameter.text) : documented.size > 0;
      if (!named && !(ts.isIdentifier(parameter) && parameter.text === 'this'))
        problem(`has no @param for '${parameter.getText()}'`);
    }
  }
  const throws = functions.some((node) => node.parameters.length > 0 && mayThrow(program, node));
  if (throws && !tags.some(ts.isJSDocThrowsTag)) problem('throws, and has no @throws');

  const isType = declarations.every((node) => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node));
  if (functions.length > 0 && examples.length === 0) problem('has no @example with a ts block');
  return { where, hasExample: isType || functions.length > 0 || examples.length > 0 };
}

/** The node whose docstring speaks for a declaration: of `export const [a, b] = ...` that is the whole statement. */
function documentedNode(declaration: ts.Declaration): ts.Node {
  let node: ts.Node = declaration;
  while (ts.isBindingElement(node) || ts.isObjectBindingPattern(node) || ts.isArrayBindingPattern(node))
    node = node.parent;
  return node;
}

function examplesOf(root: string, doc: ts.JSDoc): Example[] {
  const source = doc.getSourceFile();
  const firstLine = source.getLineAndCharacterOfPosition(doc.getStart()).line + 1;
  const text = commentText(source.text.slice(doc.getStart(), doc.getEnd()));
  // Only what stands below an @example tag, up to the next tag.
  const lines = text.split('\n');
  let inside = false;
  let fenced = false;
  const kept = lines.map((line) => {
    if (/^\s*```/.test(line)) fenced = !fenced;
    else if (!fenced && /^\s*@\w/.test(line)) inside = /^\s*@example\b/.test(line);
    return inside ? line : '';
  });
  return fencedBlocks(kept.join('\n'), firstLine)
    .filter(({ language }) => language === 'ts')
    .map(({ line, code }) => ({ file: relative(root, source.fileName), line, code }));
}

function functionOf(declaration: ts.Declaration): ts.SignatureDeclaration | undefined {
  if (ts.isFunctionDeclaration(declaration)) return declaration;
  const value = ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return value && (ts.isArrowFunction(value) || ts.isFunctionExpression(value)) ? value : undefined;
}

/** Whether a function, or one declared in the same package that it calls, holds a `throw` outside a nested function. */
function mayThrow(program: ts.Program, node: ts.SignatureDeclaration): boolean {
  const checker = program.getTypeChecker();
  const body = (node as ts.FunctionLikeDeclaration).body;
  const folder = (path: string) => path.slice(0, path.lastIndexOf('/'));
  const home = folder(node.getSourceFile().fileName);
  const search = (part: ts.Node, deeper: boolean): boolean => {
    if (ts.isThrowStatement(part)) return true;
    if (deeper && ts.isCallExpression(part)) {
      const symbol = checker.getSymbolAtLocation(part.expression);
      const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      for (const declaration of target?.declarations ?? []) {
        const called = functionOf(declaration) as ts.FunctionLikeDeclaration | undefined;
        if (called?.body && folder(called.getSourceFile().fileName) === home && search(called.body, false)) return true;
      }
    }
    return ts.forEachChild(part, (child) => !ts.isFunctionLike(child) && search(child, deeper)) ?? false;
  };
  return body !== undefined && search(body, true);
}

/** The blocks of ts in the repository's pages; a block in another spelling of the language would not be run, and is a problem. */
export function readPages(root: string = repository): Documentation {
  const result: Documentation = { examples: [], problems: [], count: 0 };
  const pages = [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    ...filesBelow(join(root, 'packages'), '.md').map((file) => `packages/${file}`),
  ];
  for (const file of pages.filter((file) => existsSync(join(root, file)) && !file.endsWith('CHANGELOG.md'))) {
    result.count++;
    for (const { language, line, code } of fencedBlocks(readFileSync(join(root, file), 'utf8'))) {
      if (language === 'ts') result.examples.push({ file, line, code });
      else if (!['sh', 'text', 'json', 'mermaid'].includes(language)) {
        result.problems.push({
          where: `${file}:${line - 1}`,
          what: `a block of '${language}': write ts (it is run), or sh, text, json, mermaid`,
        });
      }
    }
  }
  for (const { folder } of readPackages(root)) {
    if (!existsSync(join(root, folder, 'README.md'))) result.problems.push({ where: folder, what: 'has no README.md' });
  }
  return result;
}

/** Checks docstrings and pages, and runs their examples against the built packages. */
export async function checkDocs(options: { root?: string } = {}): Promise<Outcome> {
  const { root = repository } = options;
  const docstrings = readDocumentation(root);
  const pages = readPages(root);
  const examples = [...docstrings.examples, ...pages.examples];
  const problems = [
    ...docstrings.problems,
    ...pages.problems,
    ...typeCheckExamples(root, examples),
    ...(await runExamples(root, examples)),
  ];
  return { problems, summary: `${docstrings.count} exports, ${pages.count} pages, ${examples.length} examples run` };
}

await runAsScript(import.meta.url, 'docs', () => checkDocs());
