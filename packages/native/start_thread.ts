import { show } from './_check.ts';
import { libc } from './_libc.ts';
import { SystemError } from './system_error.ts';

const FEATURE = 'threads of machine code';

/** At least sizeof(pthread_attr_t): 56 bytes in both glibc and musl. */
const ATTRIBUTES_BYTES = 256;

const PTHREAD_CREATE_DETACHED = 1;

/** Enough for generated code and for what the C library keeps of a thread there; only touched pages take memory. */
const STACK_BYTES = 512 * 1024;

function checkAddress(name: string, value: unknown, minimum: number): void {
  if (typeof value !== 'number') throw new TypeError(`'${name}' must be a number, got ${show(value)}`);
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new RangeError(`'${name}' must be an address, got ${value}`);
  }
}

/**
 * Starts a thread of the operating system that runs machine code and no JavaScript.
 *
 * That takes some ten microseconds and kilobytes, where a worker thread takes tens of milliseconds and megabytes. The
 * thread is detached: it ends when its code returns, at the latest with the process, whose end does not wait for it. It
 * inherits the CPUs that the calling thread may run on. The code and all it uses must stay for as long.
 *
 * @param code the address of a function `void *(void *)` (see the `address` of {@linkcode load}).
 * @param argument the address that it is called with; 0 if it needs none.
 * @throws {TypeError} if an address is not a number.
 * @throws {RangeError} if an address is not a non-negative integer, or `code` is 0.
 * @throws {UnsupportedError} on another platform than Linux on x86-64.
 * @throws {SystemError} if the system refuses, such as EAGAIN for a limit on the number of threads.
 * @example
 * ```ts
 * import { addressOf, allocate, load, startThread, UnsupportedError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   const word = allocate(Int32Array, 1);
 *   // mov dword ptr [rdi], 42; ret
 *   const code = load(Uint8Array.of(0xc7, 0x07, 42, 0, 0, 0, 0xc3));
 *   startThread(code.address, addressOf(word));
 *   while (Atomics.load(word, 0) === 0) await new Promise(setImmediate);
 *   assert.equal(word[0], 42);
 * } catch (error) {
 *   if (!(error instanceof UnsupportedError)) throw error;
 * }
 * ```
 */
export function startThread(code: number, argument: number): void {
  checkAddress('code', code, 1);
  checkAddress('argument', argument, 0);
  const attributes = new Uint8Array(ATTRIBUTES_BYTES);
  const id = new BigUint64Array(1);
  libc('pthread_attr_init', FEATURE)(attributes);
  libc('pthread_attr_setdetachstate', FEATURE)(attributes, PTHREAD_CREATE_DETACHED);
  libc('pthread_attr_setstacksize', FEATURE)(attributes, STACK_BYTES);
  const errno = libc('pthread_create', FEATURE)(id, attributes, code, argument);
  libc('pthread_attr_destroy', FEATURE)(attributes);
  if (errno !== 0) throw new SystemError('pthread_create', errno, 'cannot start a thread');
}
