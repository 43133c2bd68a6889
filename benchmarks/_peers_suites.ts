import { call } from './_peers_call.ts';
import { gemm } from './_peers_gemm.ts';
import { layouts } from './_peers_layouts.ts';
import { rectangular } from './_peers_rectangular.ts';
import { small } from './_peers_small.ts';
import type { Suite } from './_peers_suite.ts';
import { vectors } from './_peers_vectors.ts';

/** All of them, in the order in which they are run and reported. */
export const suites: readonly Suite[] = [gemm, layouts, small, call, rectangular, vectors];
