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

/** A thread that helps; it is kept so that it stays. */
export type Helper = object;

/** Starts a thread that runs the function `begin` of a script, with data that is common where it can be. It keeps no process from ending. */
export function startHelper(code: string, data: object): Helper {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const start = "begin(require('node:worker_threads').workerData);";
  const worker = new Worker(`${code}${start}`, { eval: true, workerData: data, execArgv: [], name: 'paratune' });
  worker.unref();
  return worker;
}

/** Whether threads can share memory. */
export function canShareMemory(): boolean {
  return true;
}

/** Whether this thread may wait for another. */
export function maySleep(): boolean {
  return true;
}

/** CPUs that the process may run on. */
export function cpus(): number {
  return process.getBuiltinModule('node:os').availableParallelism();
}
