import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';
import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { type Outcome, runAsScript } from './_script.ts';
import { isSupport, type Manifest, type Problem, readJson, readUnits, repository, type Unit } from './_workspace.ts';

/** The house: the units each unit may import, all of them listed before it. A new package gets a row here first. */
export const house: Readonly<Record<string, readonly string[]>> = {
  native: [],
  record: [],
  codegen: [],
  memstat: [],
  guest: [],
  kernels: ['codegen'],
  blas: ['native', 'codegen', 'kernels'],
  probe: ['native', 'codegen', 'record'],
  cachedge: ['native', 'record', 'blas'],
  'kernel-bench': ['native', 'record', 'codegen', 'kernels', 'blas'],
  'shm-bench': ['native', 'record', 'codegen', 'guest'],
  tune: ['native', 'record', 'codegen', 'kernels', 'probe', 'blas'],
  'dgemm-driver': ['native', 'record', 'codegen', 'blas', 'memstat', 'guest'],
  report: ['record'],
  benchmarks: [
    'native',
    'record',
    'codegen',
    'kernels',
    'memstat',
    'guest',
    'blas',
    'probe',
    'cachedge',
    'kernel-bench',
    'tune',
    'dgemm-driver',
    'shm-bench',
    'report',
  ],
  examples: ['native', 'codegen', 'blas', 'guest', 'record', 'report'],
  tools: [],
};

/** One module specifier of a source file. */
export interface Import {
  specifier: string;
  line: number;
  /** Nothing of it is left when the types are gone. */
  typeOnly: boolean;
}

/** Every module a source names: imports and re-exports (of types too), `import()`, and `require` and `resolve` of a literal. */
export function importsOf(source: string): Import[] {
  const file = ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (literal: ts.Node | undefined, typeOnly = false) => {
    // Of a template the constant start: that names the package.
    const text = literal && (ts.isTemplateExpression(literal) ? literal.head : literal);
    if (!text || !(ts.isStringLiteralLike(text) || ts.isTemplateHead(text)) || text.text === '') return;
    const line = file.getLineAndCharacterOfPosition(text.getStart()).line + 1;
    found.push({ specifier: text.text, line, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, namesTypes(node.importClause, node.importClause?.namedBindings));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, namesTypes(node, node.exportClause));
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && loadsModule(node.expression)) add(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** `import type { X }`, and `import { type X }`, with nothing but types between the braces. */
function namesTypes(clause: ts.ImportClause | ts.ExportDeclaration | undefined, names: ts.Node | undefined): boolean {
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  if (!names || (ts.isImportClause(clause) && clause.name)) return false;
  if (!ts.isNamedImports(names) && !ts.isNamedExports(names)) return false;
  return names.elements.length > 0 && names.elements.every(({ isTypeOnly }) => isTypeOnly);
}

/** `import(x)`, `import.meta.resolve(x)`, `require(x)` and `require.resolve(x)`, also of a `require` made on the spot. */
function loadsModule(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  return /^(require|require\.resolve|import\.meta\.resolve|createRequire\(import\.meta\.url\)(\.resolve)?)$/.test(
    callee.getText(),
  );
}

/** `koffi` of `koffi/indirect`, `@paratune/native` of `@paratune/native/allocate`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The first circle found in a graph, its first node repeated at the end; undefined when there is none. */
export function findCircle(graph: ReadonlyMap<string, Iterable<string>>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): string[] | undefined => {
    const start = path.indexOf(node);
    if (start >= 0) return [...path.slice(start), node];
    if (done.has(node)) return undefined;
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next);
      if (circle) return circle;
    }
    path.pop();
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const circle = visit(node);
    if (circle) return circle;
  }
  return undefined;
}

/** The imports of a repository: `graph` has an edge from each unit to those its sources import, by short name. */
export interface ImportGraph {
  graph: Map<string, Set<string>>;
  problems: Problem[];
}

/**
 * Reads every source, and finds what the house does not allow. Tests, and helpers that only tests import, may import any
 * package, but no private file of one. Files may refer to each other's types; what they load must have no circle.
 */
export function readImportGraph(
  root: string = repository,
  allowed: Readonly<Record<string, readonly string[]>> = house,
): ImportGraph {
  const units = readUnits(root);
  const shortNames = new Map(units.map((unit) => [unit.name, posix.basename(unit.folder)]));
  const rootManifest = readJson<Manifest>(join(root, 'package.json'));
  const graph = new Map<string, Set<string>>(units.map(({ folder }) => [posix.basename(folder), new Set()]));
  const fileGraph = new Map<string, string[]>();
  const importedBy = new Map<string, Set<string>>();
  const problems: Problem[] = [];

  for (const unit of units) {
    const short = posix.basename(unit.folder);
    const used = new Set<string>();
    if (!allowed[short])
      problems.push({ where: unit.folder, what: 'has no row in the house of tools/import_graph.ts' });
    const sources = new Map(
      unit.files.map((file) => [file, importsOf(readFileSync(join(root, unit.folder, file), 'utf8'))]),
    );
    const support = supportFiles(sources, join(root, unit.folder));
    for (const [file, imports] of sources) {
      const path = `${unit.folder}/${file}`;
      const loaded: string[] = [];
      for (const { specifier, line, typeOnly } of imports) {
        const problem = (what: string) => problems.push({ where: `${path}:${line}`, what });
        if (specifier.startsWith('node:')) continue;
        if (builtinModules.includes(specifier)) problem(`'${specifier}' must be 'node:${specifier}'`);
        else if (specifier.startsWith('.')) {
          const target = posix.join(posix.dirname(path), specifier);
          if (target === 'tsup.config.base.ts' && (isSupport(file) || short === 'tools')) continue;
          if (!target.startsWith(`${unit.folder}/`))
            problem(`'${specifier}' leaves ${unit.folder}; import the package by its name`);
          else if (!typeOnly) loaded.push(target);
        } else {
          const name = packageOf(specifier);
          const other = shortNames.get(name);
          if (other && posix.basename(specifier).startsWith('_')) problem(`'${specifier}' is private to ${name}`);
          if (support.has(file)) continue;
          if (other === short) problem(`'${specifier}' is this package; import the file`);
          used.add(name);
          if (!other || other === short) continue;
          graph.get(short)?.add(other);
          if (!allowed[short]?.includes(other))
            problem(`${short} must not import ${other}: the house has no such edge`);
        }
      }
      fileGraph.set(path, loaded);
    }
    importedBy.set(unit.name, used);
  }
  for (const unit of units) problems.push(...checkDependencies(unit, importedBy, rootManifest));

  const rows = Object.keys(allowed);
  for (const [unit, others] of Object.entries(allowed)) {
    for (const other of others) {
      if (rows.indexOf(other) >= rows.indexOf(unit) || !rows.includes(other)) {
        problems.push({
          where: 'tools/import_graph.ts',
          what: `the house lets ${unit} import ${other}, which is not below it`,
        });
      }
    }
  }
  for (const found of [findCircle(graph), findCircle(fileGraph)]) {
    if (found) problems.push({ where: found[0]!, what: `imports itself: ${found.join(' -> ')}` });
  }
  return { graph, problems };
}

/** Tests, configuration, and private files that nothing but those imports and no build is told to start at. */
function supportFiles(sources: ReadonlyMap<string, Import[]>, folder: string): Set<string> {
  const configuration = join(folder, 'tsup.config.ts');
  const builds = existsSync(configuration) ? readFileSync(configuration, 'utf8') : '';
  const support = new Set([...sources.keys()].filter(isSupport));
  const candidates = [...sources.keys()].filter(
    (file) => posix.basename(file).startsWith('_') && !builds.includes(file),
  );
  for (let size = -1; size !== support.size; ) {
    size = support.size;
    for (const file of candidates) {
      const importers = [...sources].filter(([importer, imports]) =>
        imports.some(({ specifier }) => posix.join(posix.dirname(importer), specifier) === file),
      );
      if (importers.length > 0 && importers.every(([importer]) => support.has(importer))) support.add(file);
    }
  }
  return support;
}

/**
 * A package declares what its sources import, and nothing else but what it may have to load for a package that it
 * bundles. Scripts use what the repository declares, and its packages, which pnpm links for them.
 */
function checkDependencies(
  { name, folder, manifest }: Unit,
  importedBy: ReadonlyMap<string, ReadonlySet<string>>,
  rootManifest: Manifest,
): Problem[] {
  const used = importedBy.get(name) ?? new Set();
  const where = manifest ? `${folder}/package.json` : 'package.json';
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = manifest ?? rootManifest;
  const declared = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
  const usable = manifest ? declared : [...declared, ...Object.keys(devDependencies ?? {})];
  const problems = [...used]
    .filter((other) => !usable.includes(other) && (manifest || !importedBy.has(other)))
    .map((other) => ({ where, what: `does not declare '${other}', which ${folder} imports` }));
  if (!manifest) return problems;
  const below = new Set(used);
  for (const other of below) for (const next of importedBy.get(other) ?? []) below.add(next);
  const idle = declared.filter((other) => !below.has(other));
  return [...problems, ...idle.map((other) => ({ where, what: `declares '${other}', which no source imports` }))];
}

/** The graph as text, the floor first: a line for each unit with what it imports. */
export function formatGraph(graph: ReadonlyMap<string, ReadonlySet<string>>): string {
  // A circle is a problem of its own; here it only must not be followed for ever.
  const level = (unit: string, above: string[] = []): number =>
    above.includes(unit)
      ? 0
      : Math.max(0, ...[...(graph.get(unit) ?? [])].map((other) => level(other, [...above, unit]) + 1));
  const rows = [...graph]
    .map(([unit, others]) => ({ unit, level: level(unit), others: [...others].sort() }))
    .sort((a, b) => a.level - b.level || (a.unit < b.unit ? -1 : 1));
  const width = Math.max(...rows.map(({ unit }) => unit.length));
  return rows
    .map(({ unit, level, others }) =>
      `${level}  ${unit.padEnd(width)}${others.length > 0 ? `  -> ${others.join(', ')}` : ''}`.trimEnd(),
    )
    .join('\n');
}

const opening = '<!-- import graph: pnpm check --write brings it up to date -->';
const closing = '<!-- end of the import graph -->';

/** Checks the imports, and that ARCHITECTURE.md shows the graph as it is; with `write` the page is brought up to date. */
export function checkImports(options: { root?: string; write?: boolean } = {}): Outcome {
  const { root = repository, write = false } = options;
  const { graph, problems } = readImportGraph(root);
  const page = join(root, 'ARCHITECTURE.md');
  const text = existsSync(page) ? readFileSync(page, 'utf8') : '';
  const [start, end] = [text.indexOf(opening), text.indexOf(closing)];
  const drawn = `${opening}\n\`\`\`text\n${formatGraph(graph)}\n\`\`\`\n`;
  if (start < 0 || end < start) {
    problems.push({
      where: 'ARCHITECTURE.md',
      what: `has no place for the import graph: '${opening}' ... '${closing}'`,
    });
  } else if (text.slice(start, end) !== drawn) {
    if (write) writeFileSync(page, text.slice(0, start) + drawn + text.slice(end));
    else problems.push({ where: 'ARCHITECTURE.md', what: 'shows an old import graph; pnpm check --write mends it' });
  }
  const edges = [...graph.values()].reduce((sum, others) => sum + others.size, 0);
  return { problems, summary: `${graph.size} units, ${edges} edges` };
}

if (argv[1] === fileURLToPath(import.meta.url)) stdout.write(`${formatGraph(readImportGraph().graph)}\n`);
await runAsScript(import.meta.url, 'imports', checkImports);
