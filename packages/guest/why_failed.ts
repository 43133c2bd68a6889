import type { RunResult } from './guest.ts';

/**
 * Why a command gave no result, in a line for a record: how it died or its exit code, and what it said last.
 *
 * @param result How the command ended.
 * @returns Undefined when it ended well.
 *
 * @example
 * ```ts
 * import { whyFailed } from '@paratune/guest';
 * import assert from 'node:assert/strict';
 *
 * const killed = { exitCode: null, signal: 'SIGKILL' as const, stdout: '', stderr: '', reason: 'out-of-memory' as const };
 * assert.equal(whyFailed(killed), 'out of memory: killed by SIGKILL');
 * assert.equal(whyFailed({ exitCode: 1, signal: null, stdout: '', stderr: 'cannot\n' }), 'exit code 1: cannot');
 * assert.equal(whyFailed({ exitCode: 0, signal: null, stdout: '{}', stderr: '' }), undefined);
 * ```
 */
export function whyFailed({ exitCode, signal, stderr, reason, detail }: RunResult): string | undefined {
  if (reason === undefined && signal === null && exitCode === 0) return undefined;
  const ending = signal === null ? `exit code ${exitCode}` : `killed by ${signal}`;
  return [reason?.replaceAll('-', ' '), ending, detail, lastWords(stderr)].filter(Boolean).join(': ');
}

/**
 * The last line of an output that says something: of a stack trace, the error's own line.
 *
 * @param output What a command wrote.
 *
 * @example
 * ```ts
 * import { lastWords } from '@paratune/guest';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(lastWords('RangeError: too large\n    at main.js:1\n'), 'RangeError: too large');
 * assert.equal(lastWords(''), undefined);
 * ```
 */
export function lastWords(output: string): string | undefined {
  const lines = output.split('\n').map((line) => line.trim());
  return (lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.filter(Boolean).at(-1))?.slice(0, 300);
}
