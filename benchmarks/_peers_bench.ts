import { type Info, info } from '@paratune/blas';
import { type InstructionSet, processor } from '@paratune/native';
import { type ForeignBlas, openForeignBlas } from './_peers_foreign.ts';
import type { PeerLibrary } from './_peers_libraries.ts';
import { type PeerPackage, peerPackages } from './_peers_packages.ts';

/** What the process that measures has to compute with. */
export interface Bench {
  libraries: readonly ForeignBlas[];
  packages: readonly (PeerPackage & { bind: Awaited<ReturnType<PeerPackage['load']>> })[];
  /** The instruction set of our kernels, which yardsticks use too; undefined without machine code. */
  isa: InstructionSet | undefined;
}

/** Loads everything. */
export async function openBench(libraries: readonly PeerLibrary[]): Promise<Bench> {
  const packages = [];
  for (const peer of peerPackages()) {
    if (peer.version !== undefined) packages.push({ ...peer, bind: await peer.load() });
  }
  return { libraries: libraries.map(openForeignBlas), packages, isa: yardstickIsa(info()) };
}

function yardstickIsa(used: Info): InstructionSet | undefined {
  if (used.backend === 'x64') return used.isa === 'scalar' ? 'sse2' : used.isa;
  try {
    return processor().instructionSets.at(-1);
  } catch {
    return undefined;
  }
}
