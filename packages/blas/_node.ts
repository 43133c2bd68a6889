/**
 * The parts of Node that this package uses, taken from the process: to import `node:fs` would have Node make its streams too, which takes
 * longer than loading this package.
 */

export const fs = process.getBuiltinModule('node:fs');
