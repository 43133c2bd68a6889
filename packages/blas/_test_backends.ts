import { processor, UnsupportedError } from '@paratune/native';
import type { Configuration } from './configure.ts';

/** Configurations that this machine can run, for tests to go through: every instruction set, small blocks too, and JavaScript. */
export function testedConfigurations(): [name: string, configuration: Configuration][] {
  const js: [string, Configuration][] = [['js', { backend: 'js', isa: 'auto', tuning: 'default' }]];
  try {
    const sets = [...processor().instructionSets, 'scalar'] as const;
    return [
      ...sets.map((isa): [string, Configuration] => [isa, { backend: 'x64', isa, tuning: 'default' }]),
      // Blocks so small that every shape has several of each kind, with edges.
      ['small blocks', { backend: 'x64', isa: 'sse2', tuning: { mu: 4, nu: 2, mc: 8, kc: 7, nc: 6 } }],
      ['hand-written', { backend: 'x64', isa: sets.at(-2)!, tuning: { kernel: 'hand-written', kc: 24 } }],
      ...js,
    ];
  } catch (error) {
    if (error instanceof UnsupportedError) return js;
    throw error;
  }
}

export const defaults: Configuration = { backend: 'auto', isa: 'auto', threads: 'all', tuning: 'default' };
