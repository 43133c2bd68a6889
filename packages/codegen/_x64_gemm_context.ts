import type { Frame } from './_x64_frame.ts';
import type { Part, Vectors } from './_x64_vectors.ts';
import type { GemmBlockField } from './gemm_abi.ts';
import type { GemmSpec } from './gemm_spec.ts';
import type { MicroKernel } from './micro_kernel.ts';
import type { Assembler } from './x64_assembler.ts';

/** State of the loops. A name ending in `Left` counts down, one ending in `At` is an address that moves. */
export const loopSlots = [
  'rows',
  'columns',
  'depth',
  'rowsLeft',
  'columnsLeft',
  'depthLeft',
  'aDepthAt',
  'aRowsAt',
  'bColumnsAt',
  'bDepthAt',
  'cColumnsAt',
  'cRowsAt',
  'cPanelAt',
  'tileRowsLeft',
  'tileColumnsLeft',
  'tileRowsBytes',
  'tileColumnsBytes',
  'panelABytes',
  'panelBBytes',
  'bPanelAt',
  'panelBAt',
  'isFirstBlock',
  'isBlockPending',
  'prefetchAt',
  'aLinesLeft',
  'aLinesAt',
  'aLinesStride',
  'aRowLines',
  'aLineRowsLeft',
  'bLinesLeft',
  'bLinesAt',
  'bLinesStride',
  'bRowLines',
  'bLineRowsLeft',
  'cLineBytes',
  'cLines',
  'updateLeft',
  'keptPanelA',
  'keptPanelB',
  'alphaIsOne',
  'betaNow',
  'betaNowIs',
] as const;

/** Values of `betaNowIs`: how the next update treats what is in C. */
export const betaIs = { any: -1, zero: 0, one: 1 } as const;

/** What the function keeps on its stack: the fields of the argument block, as integers and with strides in bytes, and the loops. */
export type GemmSlot = GemmBlockField | (typeof loopSlots)[number];

/** What the parts of the generator share. */
export interface GemmContext {
  readonly asm: Assembler;
  readonly spec: GemmSpec;
  readonly vectors: Vectors;
  readonly frame: Frame<GemmSlot>;
  /** The rows that the last vector of an edge tile has, where the instruction set has masks. */
  readonly edgeMask: Part | undefined;
  /** The innermost loop for whole register blocks, where it is written by hand. */
  readonly microKernel: MicroKernel | undefined;
}
