import { type GemvSpec, gemvSpec } from '@paratune/codegen';
import type { Processor } from '@paratune/native';

/** What a GEMV kernel is for. */
type Use = Pick<GemvSpec, 'isa' | 'precision' | 'layout' | 'source'>;

/**
 * The kernel for a use on a processor, as long as nothing was tuned: the generator's defaults, which were measured on AMD's Zen 5, but
 * where another processor was found to want others.
 *
 * AMD's Zen 4 (family 25, with AVX-512) loads 512 bits in two halves, so that x or y beside a single line takes half of all loads: from
 * the level 2 cache four lines at once are 1.1 (rows, n = 200) to 1.35 times (columns, n = 350) as fast in double precision, and alike in
 * single. Zen 5 loads them whole and was a third slower with several lines.
 */
export function defaultGemv({ vendor, family }: Pick<Processor, 'vendor' | 'family'>, use: Use): GemvSpec {
  const isContiguous = use.layout === 'columns' || use.layout === 'rows';
  const halves = vendor === 'AuthenticAMD' && family === 25 && use.isa === 'avx512';
  if (halves && isContiguous && use.source === 'private') return gemvSpec({ ...use, xUnroll: 4, yUnroll: 4 });
  return gemvSpec(use);
}
