/** Kernels by what tells them apart. */
export interface Prebuilt {
  /** WebAssembly modules, in base 64. */
  readonly modules: Readonly<Record<string, string>>;
  /** Functions in JavaScript. */
  readonly functions: Readonly<Record<string, unknown>>;
}

/** None: the build puts `_make_prebuilt.ts`'s in the place of this file, so that no generator runs for what is used by default. */
export const prebuilt: Prebuilt = { modules: {}, functions: {} };
