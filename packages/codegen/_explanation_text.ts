/** What a kernel's explanation says, for people. */

import type { GemmExplanation } from './explain_gemm.ts';

/** `zmm0` to `zmm3` and `zmm7` as `zmm0-3, zmm7`. */
function ranges(names: readonly string[]): string {
  const kind = names[0]?.replace(/\d+$/, '') ?? '';
  const runs: [first: number, last: number][] = [];
  for (const number of names.map((name) => Number(name.slice(kind.length)))) {
    const run = runs.at(-1);
    if (run?.[1] === number - 1) run[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => `${kind}${first}${last > first ? `-${last}` : ''}`).join(', ');
}

const rounded = (value: number) => String(Number(value.toFixed(2)));

/** A table of lines that end in a line feed. */
export function explanationText({ spec, codeBytes, registers, turn, model, predicted }: GemmExplanation): string {
  const { precision, isa, mu, nu, ku, muladd } = spec;
  const row = (name: string, value: string) => `  ${name.padEnd(16)}${value}\n`;
  const plan = (name: string, names: readonly string[]) =>
    names.length === 0 ? '' : row(name, `${ranges(names)}  (${names.length})`);
  const arithmetic =
    muladd === 'fused'
      ? `${turn.fusedMultiplyAdds} fused multiply-adds`
      : `${turn.multiplications} multiplications, ${turn.additions} additions`;
  const others = turn.memoryAccesses - turn.loads - turn.prefetches;
  return [
    `gemm, ${precision} precision, ${isa}: register block ${mu} x ${nu}, ku ${ku}, ${codeBytes} bytes of code\n`,
    'registers\n',
    plan('sums', registers.accumulators),
    plan('column of A', registers.a),
    plan('row of B', registers.b),
    plan('products', registers.products),
    row('free', String(registers.free)),
    `a turn of the innermost loop, ${ku} ${ku === 1 ? 'step' : 'steps'} of k\n`,
    row('code', `${turn.instructions} instructions, ${turn.bytes} bytes`),
    row('arithmetic', `${arithmetic}: ${turn.flops} flops`),
    row('memory', `${turn.loads} loads, ${turn.prefetches} prefetches${others > 0 ? `, ${others} counters` : ''}`),
    row('flops per load', rounded(turn.flopsPerLoad)),
    'cycles of a turn, at least (predicted, not measured)\n',
    row('arithmetic', `${rounded(predicted.arithmetic)}, at ${model.arithmeticPerCycle} instructions a cycle`),
    row('memory', `${rounded(predicted.loads)}, at ${model.loadsPerCycle} accesses a cycle`),
    row('latency', `${rounded(predicted.latency)}, at ${model.latencyCycles} cycles from a sum to the next`),
    row(
      'predicted',
      `${rounded(predicted.cycles)}, bound by ${predicted.bound}: ${rounded(predicted.flopsPerCycle)} flops a cycle`,
    ),
  ].join('');
}
