import { join } from 'node:path';
import ts from 'typescript';
import { entryPoints } from '../tsup.config.base.ts';
import { readPackages, repository } from './_workspace.ts';

/** The options of the repository's tsconfig.json. */
export function compilerOptions(root: string = repository): ts.CompilerOptions {
  const path = join(root, 'tsconfig.json');
  const { config, error } = ts.readConfigFile(path, ts.sys.readFile);
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
  return ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root).options;
}

/** Every entry point of every package, with `virtual` files (absolute path to text) beside them, as one TypeScript program. */
export function packagesProgram(
  root: string = repository,
  virtual: ReadonlyMap<string, string> = new Map(),
  options: ts.CompilerOptions = compilerOptions(root),
): ts.Program {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => virtual.has(path) || fileExists(path);
  host.readFile = (path) => virtual.get(path) ?? readFile(path);
  const entries = readPackages(root).flatMap(({ folder }) =>
    entryPoints(join(root, folder)).map((file) => join(root, folder, file)),
  );
  return ts.createProgram([...entries, ...virtual.keys()], options, host);
}

/** What a file exports, each symbol followed to where it is declared. Empty when the program has no such file. */
export function exportsOf(program: ts.Program, path: string): Map<string, ts.Symbol> {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(path);
  const module = file && checker.getSymbolAtLocation(file);
  if (!module) return new Map();
  return new Map(
    checker
      .getExportsOfModule(module)
      .map((symbol) => [symbol.name, symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol]),
  );
}
