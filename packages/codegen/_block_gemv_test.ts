/** GEMV and GER kernels that are called with a block of arguments, and memory for them. */

import { addressOf, allocate } from '@paratune/native';
import { ARENA_LENGTH, type Arena, type Elements } from './_gemv_cases_test.ts';
import { type GemvJsFunction, gemvX64Abi } from './gemv_abi.ts';
import { gemvLayout } from './gemv_layout.ts';
import type { GemvSpec } from './gemv_spec.ts';
import { type GerJsFunction, gerX64Abi } from './ger_abi.ts';
import type { GerSpec } from './ger_spec.ts';

export type BlockFunction = (block: Float64Array) => void;

/** A function made at its first use. */
function lazily<Function>(make: () => Function): () => Function {
  let made: Function | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** GEMV kernels called as the JavaScript ones are; without a layout those of all layouts, each for its matrices. */
export function blockGemv(
  partial: Partial<GemvSpec>,
  make: (partial: Partial<GemvSpec>) => BlockFunction,
): GemvJsFunction<Elements> {
  if (partial.layout === undefined) {
    const [columns, rows, spacedColumns, spacedRows] = (
      ['columns', 'rows', 'spaced columns', 'spaced rows'] as const
    ).map((layout) => lazily(() => blockGemv({ ...partial, layout }, make)));
    const kernels = { columns, rows, 'spaced columns': spacedColumns, 'spaced rows': spacedRows };
    return (...values) => kernels[gemvLayout(values[0], values[1], values[5], values[6])]!()(...values);
  }
  const gemv = make(partial);
  const { fields } = gemvX64Abi;
  const block = new Float64Array(gemvX64Abi.blockLength);
  return (m, n, alpha, a, aOffset, aRow, aColumn, x, xOffset, xStride, beta, y, yOffset, yStride) => {
    const at = (array: Elements, offset: number) => addressOf(array) + array.BYTES_PER_ELEMENT * offset;
    Object.assign(block, {
      ...{ [fields.m]: m, [fields.n]: n, [fields.alpha]: alpha, [fields.beta]: beta },
      ...{ [fields.a]: at(a, aOffset), [fields.aRowStride]: aRow, [fields.aColumnStride]: aColumn },
      ...{ [fields.x]: at(x, xOffset), [fields.xStride]: xStride },
      ...{ [fields.y]: at(y, yOffset), [fields.yStride]: yStride },
    });
    gemv(block);
  };
}

/** GER kernels, as {@linkcode blockGemv}. */
export function blockGer(
  partial: Partial<GerSpec>,
  make: (partial: Partial<GerSpec>) => BlockFunction,
): GerJsFunction<Elements> {
  if (partial.layout === undefined) {
    const columns = lazily(() => blockGer({ ...partial, layout: 'columns' }, make));
    const spaced = lazily(() => blockGer({ ...partial, layout: 'spaced columns' }, make));
    return (...values) => (values[11] === 1 ? columns : spaced)()(...values);
  }
  const ger = make(partial);
  const { fields } = gerX64Abi;
  const block = new Float64Array(gerX64Abi.blockLength);
  return (m, n, alpha, x, xOffset, xStride, y, yOffset, yStride, a, aOffset, aRow, aColumn) => {
    const at = (array: Elements, offset: number) => addressOf(array) + array.BYTES_PER_ELEMENT * offset;
    Object.assign(block, {
      ...{ [fields.m]: m, [fields.n]: n, [fields.alpha]: alpha },
      ...{ [fields.a]: at(a, aOffset), [fields.aRowStride]: aRow, [fields.aColumnStride]: aColumn },
      ...{ [fields.x]: at(x, xOffset), [fields.xStride]: xStride },
      ...{ [fields.y]: at(y, yOffset), [fields.yStride]: yStride },
    });
    ger(block);
  };
}

/** Operands between pages that fault on any access: flush with the one in front, or with the one behind. */
export function guardedVectors(ArrayType: typeof Float64Array | typeof Float32Array): Arena {
  const memory = new Map(
    (['a', 'x', 'y'] as const).flatMap((operand) => [
      [`${operand} start`, allocate(ArrayType as typeof Float64Array, ARENA_LENGTH, { guard: 'before' }) as Elements],
      [`${operand} end`, allocate(ArrayType as typeof Float64Array, ARENA_LENGTH, { guard: 'after' }) as Elements],
    ]),
  );
  return (operand, flush) => memory.get(`${operand} ${flush}`)!;
}
