/**
 * The parts of Node that this package uses, taken from the process. To import them would have Node make all that they
 * could export, whether used or not: of `node:fs` the streams, which takes longer than loading this package.
 */

export const fs = process.getBuiltinModule('node:fs');
export const { createRequire } = process.getBuiltinModule('node:module');
export const { MAX_LENGTH } = process.getBuiltinModule('node:buffer').constants;
export const { getSystemErrorName, inspect } = process.getBuiltinModule('node:util');
export const { isAnyArrayBuffer, isTypedArray, isUint8Array } = process.getBuiltinModule('node:util/types');
