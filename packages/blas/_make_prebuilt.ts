import type { KernelSpec } from '@paratune/codegen';
import { elementTypes } from './_element_type.ts';
import {
  generateFunction,
  generateModule,
  jsGemmSpec,
  jsGemvSpec,
  jsGerSpec,
  keyOf,
  SHARED,
  wasmGemmSpec,
  wasmGemvSpec,
  wasmGerSpec,
} from './_portable_kernels.ts';

const types = Object.values(elementTypes);

/** What is used by default, where it is not machine code. */
export const portableSpecs: { readonly wasm: readonly KernelSpec[]; readonly js: readonly KernelSpec[] } = {
  wasm: types.flatMap((type) =>
    (['separate', 'fused'] as const).flatMap((muladd) => [
      wasmGemmSpec(type, muladd, {}),
      wasmGemvSpec(type, muladd),
      wasmGerSpec(type, muladd),
    ]),
  ),
  js: types.flatMap((type) => [jsGemmSpec(type, {}), jsGemvSpec(type), jsGerSpec(type)]),
};

/** The text of a module like `_prebuilt.ts`, with these kernels in it. */
export function makePrebuilt(): string {
  const table = (rows: (readonly [key: string, code: string])[]) =>
    `{\n${rows.map(([key, code]) => `${JSON.stringify(key)}: ${code},\n`).join('')}}`;
  const module = (spec: KernelSpec, shared: boolean) =>
    [
      `${keyOf(spec)}${shared ? SHARED : ''}`,
      `'${Buffer.from(generateModule(spec, shared)).toString('base64')}'`,
    ] as const;
  const modules = table([
    ...portableSpecs.wasm.map((spec) => module(spec, false)),
    // Threads share matrix products alone.
    ...portableSpecs.wasm.filter(({ routine }) => routine === 'gemm').map((spec) => module(spec, true)),
  ]);
  const functions = table(
    portableSpecs.js.map((spec) => [keyOf(spec), `/* @__PURE__ */ (${generateFunction(spec)})`] as const),
  );
  return `export const prebuilt = { modules: ${modules}, functions: ${functions} };\n`;
}
