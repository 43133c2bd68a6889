import type { KernelSpec } from '@paratune/codegen';
import { elementTypes } from './_element_type.ts';
import {
  generateFunction,
  generateModule,
  jsGemmSpec,
  jsGemvSpec,
  jsGerSpec,
  keyOf,
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
  const table = (specs: readonly KernelSpec[], code: (spec: KernelSpec) => string) =>
    `{\n${specs.map((spec) => `${JSON.stringify(keyOf(spec))}: ${code(spec)},\n`).join('')}}`;
  const modules = table(portableSpecs.wasm, (spec) => `'${Buffer.from(generateModule(spec)).toString('base64')}'`);
  const functions = table(portableSpecs.js, (spec) => `/* @__PURE__ */ (${generateFunction(spec)})`);
  return `export const prebuilt = { modules: ${modules}, functions: ${functions} };\n`;
}
