import {
  Assembler,
  loop,
  mem,
  r8,
  r9,
  r11,
  r12,
  r13,
  r14,
  r15,
  rax,
  rbp,
  rbx,
  rcx,
  rdi,
  rdx,
  rsi,
  rsp,
  type Vector,
  ymm,
  zmm,
} from '@paratune/codegen';

/** Rows and columns of the tiles that stay in registers, as the generated DGEMM kernels have them. */
export const tiles = { avx512: { mu: 24, nu: 8 }, avx2: { mu: 12, nu: 4 } } as const;

/** The C type of the kernel: panels of weights, inputs, biases, outputs; panels of weights, of inputs; bytes from one column of outputs to the next. */
export const signature = 'void(pointer, pointer, pointer, pointer, int64, int64, int64)';

/**
 * Machine code for outputs = max(0, weights inputs + biases): bias and rectifier are done while a tile's sums are still in registers.
 * Weights lie in panels of mu rows, one step of the depth after the other; inputs as they are, `depth` numbers a sample, which is
 * in the code as a number; outputs are column-major.
 */
export function denseKernel(isa: keyof typeof tiles, depth: number): Uint8Array {
  const { mu, nu } = tiles[isa];
  const register: (number: number) => Vector = isa === 'avx512' ? zmm : ymm;
  const [vectors, bytes] = [3, (mu / 3) * 8];
  const sum = (v: number, j: number) => register(j * vectors + v);
  const row = (v: number) => register(nu * vectors + v); // of weights, then of biases
  const other = register((nu + 1) * vectors); // an element of the inputs, then zero
  const all = Array.from({ length: nu * vectors }, (_, i) => [i % vectors, Math.floor(i / vectors)] as const);
  const saved = [rbx, rbp, r12, r13, r14, r15];
  const a = new Assembler();
  for (const each of saved) a.push(each);
  a.mov(r11, mem({ base: rsp, displacement: 8 * (saved.length + 1) }));
  const panelOfWeights = () => {
    a.mov(rbp, rsi);
    a.mov(r15, depth);
    for (const [v, j] of all) a.vxorpd(sum(v, j), sum(v, j), sum(v, j));
    const step = () => {
      for (let v = 0; v < vectors; v++) a.vmovupd(row(v), mem({ base: rbx, displacement: v * bytes }));
      for (let line = 0; line < mu * 8; line += 64) a.prefetcht0(mem({ base: rbx, displacement: 1024 + line }));
      for (const [v, j] of all) {
        if (v === 0) a.vbroadcastsd(other, mem({ base: rbp, displacement: 8 * j * depth }));
        a.vfmadd231pd(sum(v, j), row(v), other);
      }
      a.add(rbx, mu * 8);
      a.add(rbp, 8);
    };
    loop(a, r15, step, { align: 64 });
    a.vxorpd(other, other, other);
    a.mov(rax, r13);
    for (let v = 0; v < vectors; v++) a.vmovupd(row(v), mem({ base: r12, displacement: v * bytes }));
    for (const [v, j] of all) {
      a.vaddpd(sum(v, j), sum(v, j), row(v));
      a.vmaxpd(sum(v, j), other, sum(v, j)); // NaN stays NaN
      a.vmovupd(mem({ base: rax, displacement: v * bytes }), sum(v, j));
      if (v === vectors - 1) a.add(rax, r11);
    }
    for (const pointer of [r12, r13]) a.add(pointer, mu * 8);
  };
  loop(a, r9, () => {
    for (const [to, from] of [
      [rbx, rdi],
      [r12, rdx],
      [r13, rcx],
      [r14, r8],
    ] as const)
      a.mov(to, from);
    loop(a, r14, panelOfWeights);
    a.add(rsi, 8 * nu * depth);
    a.imul(rax, r11, nu);
    a.add(rcx, rax);
  });
  a.vzeroupper();
  for (const each of saved.toReversed()) a.pop(each);
  a.ret();
  return a.finish().bytes;
}
