/**
 * How C is written: `'scalar'`, a variable for each element, as ATLAS writes it, for any compiler of C11; `'vectors'`, in the vector
 * extensions of GCC and clang, for any processor; `'intrinsics'`, in those of the instruction set.
 */
export type CForm = 'scalar' | 'vectors' | 'intrinsics';
