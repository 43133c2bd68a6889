import { checkOptions, show } from './_check.ts';
import {
  foreign,
  lastErrno,
  libc,
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  PAGE_BYTES,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from './_libc.ts';
import { isUint8Array } from './_node.ts';
import { SystemError } from './system_error.ts';
import { UnsupportedError } from './unsupported_error.ts';

/** The C type of one parameter: a pointer (given as a typed array), a double, or a 64-bit integer. */
export type NativeParameter = 'pointer' | 'double' | 'int64';

/** The C type of a result. */
export type NativeResult = 'void' | 'double' | 'int64';

/** A C function's type, written result first: `'void(pointer)'`, `'double(pointer, int64)'`, `'int64()'`. */
export type NativeSignature = `${NativeResult}(${string})`;

/** JavaScript's values for the parameters in a signature's parentheses. */
export type NativeArguments<Parameters extends string> = Parameters extends ''
  ? []
  : Parameters extends `${infer First}, ${infer Rest}`
    ? [...NativeArguments<First>, ...NativeArguments<Rest>]
    : Parameters extends 'pointer'
      ? [memory: ArrayBufferView]
      : Parameters extends 'double' | 'int64'
        ? [value: number]
        : never;

/** Machine code in executable memory, called as a function. */
export type NativeFunction<Signature extends NativeSignature = 'void(pointer)'> =
  (Signature extends `${infer Result}(${infer Parameters})`
    ? (...values: NativeArguments<Parameters>) => Result extends 'void' ? void : number
    : never) & {
    /** The address of the first byte of the code, good in every thread of this process. */
    readonly address: number;
    /** The number of bytes of code. */
    readonly byteLength: number;
    /** Gives the memory back; calls from then on throw a TypeError. No thread may be running the code. */
    unload(): void;
  };

/** How {@linkcode load} makes a function of code. */
export interface LoadOptions<Signature extends NativeSignature = 'void(pointer)'> {
  /** The C type of the code's entry point. Default: `'void(pointer)'`. */
  readonly signature?: Signature;
}

const FEATURE = 'executable memory';
const PARAMETERS: { readonly [Parameter in NativeParameter]: string } = {
  pointer: 'void *',
  double: 'double',
  int64: 'int64_t',
};
const RESULTS: { readonly [Result in NativeResult]: string } = { void: 'void', double: 'double', int64: 'int64_t' };

/** The foreign types made so far, by signature: koffi keeps each for the life of the process. */
const prototypes = new Map<string, { prototype: unknown; parameters: NativeParameter[] }>();

function prototypeOf(signature: string) {
  const known = prototypes.get(signature);
  if (known !== undefined) return known;
  const [, result = '', list = ''] = /^(\w+)\((.*)\)$/.exec(signature) ?? [];
  const parameters = list === '' ? [] : list.split(/, */);
  if (!Object.hasOwn(RESULTS, result) || !parameters.every((name) => Object.hasOwn(PARAMETERS, name))) {
    throw new RangeError(
      `'signature' must be a result (void, double, int64) and parameters (pointer, double, int64), such as 'double(pointer, int64)', got ${show(signature)}`,
    );
  }
  const made = {
    prototype: foreign(FEATURE).proto(
      RESULTS[result as NativeResult],
      parameters.map((name) => PARAMETERS[name as NativeParameter]),
    ),
    parameters: parameters as NativeParameter[],
  };
  prototypes.set(signature, made);
  return made;
}

/** Maps pages writable, copies the code, makes them executable; at no moment are they both. */
function place(code: Uint8Array): { address: number; bytes: number } {
  const bytes = Math.ceil(code.length / PAGE_BYTES) * PAGE_BYTES;
  const address = libc('mmap', FEATURE)(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address === -1) throw new SystemError('mmap', lastErrno(), `cannot map ${bytes} bytes for code`);
  libc('memcpy', FEATURE)(address, code, code.length);
  if (libc('mprotect', FEATURE)(address, bytes, PROT_READ | PROT_EXEC) !== 0) {
    const cause = new SystemError('mprotect', lastErrno(), `cannot make ${bytes} bytes of code executable`);
    libc('munmap', FEATURE)(address, bytes);
    throw new UnsupportedError(FEATURE, `a security policy of this system refuses it (${cause.code})`, {
      remedy: 'allow executable memory to this process (SELinux: the execmem permission)',
      cause,
    });
  }
  return { address, bytes };
}

function checkPointer(value: unknown, name: string): void {
  if (!ArrayBuffer.isView(value)) {
    throw new TypeError(`${name} must be a typed array, got ${show(value)}`);
  }
  // A view of nothing (empty, or of a detached buffer) would reach the code as a null pointer.
  if (value.byteLength === 0) throw new RangeError(`${name} must not be empty or detached`);
}

function checkArguments(parameters: readonly NativeParameter[], values: readonly unknown[]): void {
  if (values.length !== parameters.length) {
    throw new TypeError(`the code takes ${parameters.length} arguments, got ${values.length}`);
  }
  for (const [index, parameter] of parameters.entries()) {
    const value = values[index];
    const name = `argument ${index + 1}`;
    if (parameter === 'pointer') checkPointer(value, name);
    else if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${show(value)}`);
    else if (parameter === 'int64' && !Number.isSafeInteger(value)) {
      throw new RangeError(`${name} must be an integer below 2^53 in magnitude, got ${value}`);
    }
  }
}

/**
 * Puts machine code into executable memory and makes a function of it.
 *
 * The memory is mapped writable, filled, then made readable and executable: it is never writable and executable at
 * once, and writing to it afterwards is a fault. Nothing checks the code itself: it must follow the System V ABI and
 * keep to memory it was given. A typed array as argument is passed by the address of its first element, and lives at
 * least as long as the call. Results of type int64 beyond 2^53 are rounded to the nearest double.
 *
 * The code stays until `unload()`, also when the function is no longer referenced, since its address may be in use
 * elsewhere.
 *
 * @param code the bytes of the code, with the entry point at byte 0; a copy is taken.
 * @param options the signature, if it is not `'void(pointer)'`.
 * @returns the function, with `address`, `byteLength` and `unload()`.
 * @throws {TypeError} if `code` is not a Uint8Array, or an option is unknown.
 * @throws {RangeError} if `code` is empty or the signature is not one.
 * @throws {UnsupportedError} on another platform than Linux on x86-64, or where a policy forbids executable memory.
 * @throws {SystemError} if there is no memory left.
 * @example
 * ```ts
 * import { load, UnsupportedError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   // movsd xmm0, [rdi]; addsd xmm0, xmm0; movsd [rdi], xmm0; ret
 *   const double = load(Uint8Array.of(0xf2, 0x0f, 0x10, 0x07, 0xf2, 0x0f, 0x58, 0xc0, 0xf2, 0x0f, 0x11, 0x07, 0xc3));
 *   const block = Float64Array.of(21);
 *   double(block);
 *   assert.equal(block[0], 42);
 *   double.unload();
 *   assert.throws(() => double(block), TypeError);
 * } catch (error) {
 *   if (!(error instanceof UnsupportedError)) throw error;
 * }
 * ```
 */
export function load<Signature extends NativeSignature = 'void(pointer)'>(
  code: Uint8Array,
  options: LoadOptions<Signature> = {},
): NativeFunction<Signature> {
  if (!isUint8Array(code)) throw new TypeError(`'code' must be a Uint8Array, got ${show(code)}`);
  if (code.length === 0) throw new RangeError("'code' must hold at least one byte of machine code, got none");
  checkOptions('options', options, ['signature']);
  const signature = options.signature ?? 'void(pointer)';
  if (typeof signature !== 'string') throw new TypeError(`'signature' must be a string, got ${show(signature)}`);

  const { prototype, parameters } = prototypeOf(signature);
  const { address, bytes } = place(code);
  let native: ((...values: unknown[]) => unknown) | undefined = foreign(FEATURE).decode(address, prototype);

  const unloaded = () => new TypeError(`the code loaded at 0x${address.toString(16)} has been unloaded`);
  // One block pointer or none, and no result, is how the library calls its kernels, so those forms skip the general checks.
  const forms: Partial<Record<NativeSignature, (...values: unknown[]) => unknown>> = {
    'void(pointer)': (block: unknown) => {
      if (native === undefined) throw unloaded();
      if (!ArrayBuffer.isView(block) || block.byteLength === 0) checkPointer(block, "'block'");
      native(block);
    },
    'void()': () => {
      if (native === undefined) throw unloaded();
      native();
    },
  };
  const call =
    forms[signature] ??
    ((...values: unknown[]) => {
      if (native === undefined) throw unloaded();
      checkArguments(parameters, values);
      const result = native(...values);
      return result === undefined ? undefined : Number(result);
    });
  const unload = () => {
    if (native === undefined) throw unloaded();
    native = undefined;
    if (libc('munmap', FEATURE)(address, bytes) !== 0) {
      throw new SystemError('munmap', lastErrno(), `cannot unmap the code at 0x${address.toString(16)}`);
    }
  };
  return Object.assign(call, { address, byteLength: code.length, unload }) as unknown as NativeFunction<Signature>;
}
