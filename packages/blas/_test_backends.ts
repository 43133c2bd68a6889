import { processor, UnsupportedError } from '@paratune/native';
import { wasmMuladd } from './_portable_kernels.ts';
import type { Configuration } from './configure.ts';

/** The choice of a backend that is no machine code. */
function portable(backend: 'wasm' | 'js', tuning: Configuration['tuning'] = 'default'): Configuration {
  return { backend, isa: 'auto', tuning: tuning! };
}

function isUsable(make: () => unknown): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (error instanceof UnsupportedError) return false;
    throw error;
  }
}

/** Configurations that this machine can run, for tests to go through: every instruction set, small blocks too, WebAssembly, and JavaScript. */
export function testedConfigurations(): [name: string, configuration: Configuration][] {
  const tested: [string, Configuration][] = [];
  if (isUsable(processor)) {
    const sets = [...processor().instructionSets, 'scalar'] as const;
    tested.push(
      ...sets.map((isa): [string, Configuration] => [isa, { backend: 'x64', isa, tuning: 'default' }]),
      // Blocks so small that every shape has several of each kind, with edges.
      ['small blocks', { backend: 'x64', isa: 'sse2', tuning: { mu: 4, nu: 2, mc: 8, kc: 7, nc: 6 } }],
      ['hand-written', { backend: 'x64', isa: sets.at(-2)!, tuning: { kernel: 'hand-written', kc: 24 } }],
    );
  }
  if (isUsable(wasmMuladd)) {
    tested.push(
      ['wasm', portable('wasm')],
      ['wasm, small blocks', portable('wasm', { mu: 2, nu: 3, mc: 4, kc: 7, nc: 6 })],
    );
  }
  return [...tested, ['js', portable('js')]];
}

export const defaults: Configuration = { backend: 'auto', isa: 'auto', threads: 'all', tuning: 'default' };
