import { UnsupportedError } from '@paratune/native';

/** As much of WebAssembly's interface as is used: Node's types leave it to those of browsers. */
interface Engine {
  readonly Memory: new (limits: { initial: number; maximum: number; shared?: boolean }) => WasmMemoryObject;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: WasmMemoryObject } },
  ) => { readonly exports: Record<string, (...values: number[]) => void> };
  validate(bytes: Uint8Array): boolean;
}

/** A memory of an engine. */
export interface WasmMemoryObject {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** `\0asm`, version 1: a module of nothing. */
const EMPTY_MODULE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/**
 * The engine's WebAssembly.
 * @throws {UnsupportedError} When there is none, or it may not be used.
 */
export function wasmEngine(): Engine {
  const engine = (globalThis as { WebAssembly?: Engine }).WebAssembly;
  if (engine === undefined)
    throw new UnsupportedError('WebAssembly', 'this engine has none, or runs without compilers');
  try {
    new engine.Module(EMPTY_MODULE);
  } catch (cause) {
    // A content security policy without 'wasm-unsafe-eval', for one.
    throw new UnsupportedError('WebAssembly', (cause as Error).message, { cause });
  }
  return engine;
}
