import { UnsupportedError } from '@paratune/native/unsupported_error';
import type { Backend } from './_backend.ts';

/**
 * In a browser, what stands for `@paratune/native`, the kernels written by hand, `_node.ts` and `_machine_code.ts`: the build resolves these to
 * this file. There is neither machine code nor a file system.
 */

export { UnsupportedError };

function noMachineCode(): never {
  throw new UnsupportedError('machine code', 'a browser runs none');
}

export function processor(): never {
  return noMachineCode();
}

export function makeMachineCode(): Backend {
  return noMachineCode();
}

export function usableThreads(): number {
  return 1;
}

export function handWritten(): undefined {
  return undefined;
}

export const fs = new Proxy(
  {},
  {
    get() {
      throw new UnsupportedError('a file', 'a browser has no file system');
    },
  },
);

export function environment(): undefined {
  return undefined;
}

export function homeFolder(): never {
  throw new UnsupportedError('a home folder', 'a browser has no file system');
}

/** The value of an expression; where the page's content security policy forbids this, only what was built before works. */
export function evaluate(expression: string, name: string): unknown {
  try {
    return new Function(`return ${expression}`)();
  } catch (cause) {
    throw new UnsupportedError(`the kernel ${name}`, (cause as Error).message, {
      cause,
      remedy: 'the default register block works',
    });
  }
}
