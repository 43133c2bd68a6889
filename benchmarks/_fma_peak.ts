import { Assembler, rdi, xmm, ymm, zmm } from '@paratune/codegen';
import { load, processor, UnsupportedError } from '@paratune/native';

/**
 * Sums that do not wait for each other. Two units of latency 4 (Intel since Skylake, AMD since Zen) need 8 of them; 12 leave
 * room, and fit 16 registers with the factors.
 */
const CHAINS = 12;
const STEPS = 8;
const SAMPLE_SECONDS = 0.001;

/** A loop that does nothing but multiply and add from register to register, `rdi` times; and the operations of one turn. */
function peakLoop(): { bytes: Uint8Array; flopsPerTurn: number } {
  const isa = processor().instructionSets.at(-1)!;
  const register = { avx512: zmm, avx2: ymm, sse2: xmm }[isa];
  const lanes = { avx512: 8, avx2: 4, sse2: 2 }[isa];
  const a = new Assembler();
  // Zeros: a value that grew to infinity or shrank below the normal numbers could change the speed.
  for (let i = 0; i < CHAINS + 2; i++) {
    if (isa === 'sse2') a.xorpd(xmm(i), xmm(i));
    else a.vxorpd(ymm(i), ymm(i), ymm(i));
  }
  const turn = a.label('turn');
  a.align(64);
  a.bind(turn);
  for (let step = 0; step < STEPS; step++) {
    for (let i = 0; i < CHAINS; i++) {
      if (isa !== 'sse2') a.vfmadd231pd(register(i), register(CHAINS), register(CHAINS + 1));
      else if (i % 2 === 0) a.mulpd(xmm(i), xmm(CHAINS));
      else a.addpd(xmm(i), xmm(CHAINS));
    }
  }
  a.dec(rdi);
  a.jnz(turn);
  if (isa !== 'sse2') a.vzeroupper();
  a.ret();
  return { bytes: a.finish().bytes, flopsPerTurn: STEPS * CHAINS * lanes * (isa === 'sse2' ? 1 : 2) };
}

function prepare(): ((clock: () => number) => number) | undefined {
  try {
    const { bytes, flopsPerTurn } = peakLoop();
    const loop = load(bytes, { signature: 'void(int64)' });
    let turns = 1000;
    return (clock) => {
      const start = clock();
      loop(turns);
      const seconds = Math.max(clock() - start, 1e-6);
      const gflops = (flopsPerTurn * turns) / seconds / 1e9;
      turns = Math.max(1000, Math.round((turns * SAMPLE_SECONDS) / seconds));
      return gflops;
    };
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  }
}

let sample: ReturnType<typeof prepare> | null = null;

/**
 * One sample, of about a millisecond, of the rate in Gflops that this processor multiplies and adds at; none without machine code.
 * The clock counts seconds.
 */
export function fmaPeak(clock: () => number): number | undefined {
  if (sample === null) {
    sample = prepare();
    sample?.(clock);
  }
  return sample?.(clock);
}
