/**
 * The parts of Node that this package uses, taken from the process: to import `node:fs` would have Node make its streams too, which takes
 * longer than loading this package.
 */

export const fs = process.getBuiltinModule('node:fs');

export function environment(name: string): string | undefined {
  return process.env[name];
}

export function homeFolder(): string {
  return process.env['HOME'] || process.getBuiltinModule('node:os').homedir();
}

/** The value of an expression. Not `new Function`, which --disallow-code-generation-from-strings forbids; and a script has a name in stack traces and profiles. */
export function evaluate(expression: string, name: string): unknown {
  return process.getBuiltinModule('node:vm').runInThisContext(expression, { filename: `${name}.js` });
}
