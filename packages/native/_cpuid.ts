import { load, type NativeFunction } from './load.ts';

/** The four registers that CPUID answers in, as unsigned numbers. */
export interface CpuidRegisters {
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}

// push rbx; mov eax, [rdi]; mov ecx, [rdi+4]; cpuid;
// mov [rdi], eax; mov [rdi+4], ebx; mov [rdi+8], ecx; mov [rdi+12], edx; pop rbx; ret
const CPUID = Uint8Array.of(
  0x53,
  ...[0x8b, 0x07],
  ...[0x8b, 0x4f, 0x04],
  ...[0x0f, 0xa2],
  ...[0x89, 0x07],
  ...[0x89, 0x5f, 0x04],
  ...[0x89, 0x4f, 0x08],
  ...[0x89, 0x57, 0x0c],
  0x5b,
  0xc3,
);

// xor ecx, ecx; xgetbv; mov [rdi], eax; ret
const XGETBV = Uint8Array.of(0x31, 0xc9, ...[0x0f, 0x01, 0xd0], ...[0x89, 0x07], 0xc3);

let code: NativeFunction | undefined;
const block = new Uint32Array(4);

/** Executes CPUID for a leaf and subleaf, on whichever CPU this thread is. */
export function cpuid(leaf: number, subleaf = 0): CpuidRegisters {
  code ??= load(CPUID);
  block[0] = leaf;
  block[1] = subleaf;
  code(block);
  const [eax, ebx, ecx, edx] = block as unknown as [number, number, number, number];
  return { eax, ebx, ecx, edx };
}

/** The register states that the operating system saves (XCR0); an illegal instruction unless CPUID says OSXSAVE. */
export function xgetbv(): number {
  const read = load(XGETBV);
  read(block);
  read.unload();
  return block[0]!;
}
