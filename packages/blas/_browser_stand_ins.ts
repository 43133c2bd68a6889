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

/** What of a browser is used: Node's types leave it out. */
interface Browser {
  readonly crossOriginIsolated?: boolean;
  readonly document?: object;
  readonly navigator: { readonly hardwareConcurrency?: number };
  readonly Worker: new (url: string) => { postMessage(data: object): void };
  readonly Blob: new (parts: string[], options: { type: string }) => object;
  readonly URL: { createObjectURL(blob: object): string };
}

const browser = globalThis as unknown as Browser;

/** Whether threads can share memory: pages that are isolated from others may (Cross-Origin-Opener-Policy and -Embedder-Policy). */
export function canShareMemory(): boolean {
  return browser.crossOriginIsolated === true;
}

/** Workers may, pages may not. */
export function maySleep(): boolean {
  return browser.document === undefined;
}

export function cpus(): number {
  return browser.navigator.hardwareConcurrency ?? 1;
}

/** One, unless threads can share memory: more than this no call gains from. */
export function usableThreads(): number {
  return canShareMemory() ? Math.min(cpus(), 64) : 1;
}

/** Starts a worker; where the page's content security policy forbids it the caller computes alone. */
export function startHelper(code: string, data: object): object {
  const url = browser.URL.createObjectURL(
    new browser.Blob([code, 'onmessage = ({ data }) => begin(data);'], { type: 'text/javascript' }),
  );
  const worker = new browser.Worker(url);
  worker.postMessage(data);
  return worker;
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
