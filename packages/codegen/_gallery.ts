/** Writes GALLERY.md, one small kernel in all targets: `npx --yes pnpm exec tsx packages/codegen/_gallery.ts`. */

import { writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { vectorClass } from './_vector_class.ts';
import { type GemmSpec, gemmSpec, type InstructionSet } from './gemm_spec.ts';
import { generate, type Kernel } from './generate.ts';

/** The page. */
export const galleryFile: string = fileURLToPath(new URL('./GALLERY.md', import.meta.url));

/** What makes the page anew. */
export const galleryCommand = 'npx --yes pnpm exec tsx packages/codegen/_gallery.ts';

/** One vector of rows by two columns, a step of k at a time: as small as a register block is that still reuses what it loads. */
function smallSpec(isa: InstructionSet): GemmSpec {
  const { lanes } = vectorClass(isa, 'double');
  const prefetches = { prefetchA: 0, prefetchB: false, prefetchBlock: false, prefetchC: false };
  return gemmSpec({ isa, mu: isa === 'scalar' ? 2 : lanes, nu: 2, ku: 1, ...prefetches });
}

/** From a line to the first one after it that begins with `end`; the page must not miss what it shows. */
function excerpt(text: string, start: string, end: string): string {
  const from = text.indexOf(start);
  const to = text.indexOf(`\n${end}`, from);
  if (from < 0 || to < 0) throw new RangeError(`'${start}' to '${end}' must be in the text`);
  return text.slice(text.lastIndexOf('\n', from) + 1, text.indexOf('\n', to + 1));
}

/** Without what all lines are indented by. */
function dedent(text: string): string {
  const lines = text.split('\n');
  const indent = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(indent)).join('\n');
}

/** What a kernel does for each step of k, cut from its text. */
const steps: Readonly<Record<Kernel['target'], (text: string) => string>> = {
  x64(text) {
    const lines = text.split('\n');
    const last = lines.findLastIndex((line) => /\bjnz depth(_\d+)?$/.test(line));
    const label = ` ${/\bdepth(_\d+)?$/.exec(lines[last]!)![0]}:`;
    return lines
      .slice(
        lines.findIndex((line) => line.endsWith(label)),
        last + 1,
      )
      .join('\n');
  },
  object: (text) => steps.x64(text),
  wasm(text) {
    const kernel = excerpt(text, '  (func $microKernel', '  )');
    const loop = kernel.slice(kernel.lastIndexOf('\n', kernel.indexOf('(loop')) + 1);
    return excerpt(loop, '(loop', `${' '.repeat(loop.search(/\S/))})`);
  },
  c: (text) => excerpt(text, 'static NOINLINE void microKernel', '}'),
  js: (text) => excerpt(text, '  function microKernel', '  }'),
};

const pieces: readonly { readonly title: string; readonly says: string; readonly kernel: () => Kernel }[] = [
  {
    title: 'x64, SSE2',
    says: 'Machine code. Each of the two vectors of sums is a diagonal of the tile: SSE2 turns a vector of B in one instruction, and repeats an element in two.',
    kernel: () => generate(smallSpec('sse2'), { target: 'x64' }),
  },
  {
    title: 'x64, AVX2',
    says: 'Machine code with fused multiply-adds, of which elements of B are repeated by the load.',
    kernel: () => generate(smallSpec('avx2'), { target: 'x64' }),
  },
  {
    title: 'x64, AVX-512',
    says: 'The same with vectors twice as long; edges are done under masks, elsewhere.',
    kernel: () => generate(smallSpec('avx512'), { target: 'x64' }),
  },
  {
    title: 'object, AVX2',
    says: 'The machine code of x64 in an ELF file for a linker, with a symbol and unwind information.',
    kernel: () => generate(smallSpec('avx2'), { target: 'object' }),
  },
  {
    title: 'wasm',
    says: 'A WebAssembly module, in its text format.',
    kernel: () => generate(smallSpec('simd128'), { target: 'wasm' }),
  },
  {
    title: 'c, scalar',
    says: 'C11 with a variable for each element, as ATLAS writes it.',
    kernel: () => generate(smallSpec('scalar'), { target: 'c' }),
  },
  {
    title: 'c, vectors',
    says: 'C11 in the vector extensions of GCC and clang, for any processor.',
    kernel: () => generate(smallSpec('simd128'), { target: 'c', form: 'vectors' }),
  },
  {
    title: 'c, intrinsics of AVX2',
    says: 'C11 in the intrinsics of an instruction set.',
    kernel: () => generate(smallSpec('avx2'), { target: 'c' }),
  },
  {
    title: 'c, intrinsics of NEON',
    says: 'The same for AArch64.',
    kernel: () => generate(smallSpec('neon'), { target: 'c' }),
  },
  {
    title: 'js',
    says: 'JavaScript, which has no vectors.',
    kernel: () => generate(smallSpec('scalar'), { target: 'js' }),
  },
];

/** A table in Markdown, with columns as wide as their widest cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, c) => cell.padEnd(widths[c]!)).join(' | ')} |\n`;
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('');
}

/** The text of the page. */
export function gallery(): string {
  const made = pieces.map(({ title, says, kernel }) => ({ title, says, kernel: kernel() }));
  const anchor = (title: string) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-');
  const rows = made.map(({ title, kernel }) => {
    const bytes = 'text' in kernel ? new TextEncoder().encode(kernel.text).length : kernel.bytes.length;
    return [`[${title}](#${anchor(title)})`, String(bytes), 'text' in kernel ? 'text' : 'binary'];
  });
  const sections = made.map(({ title, says, kernel }) => {
    const shown = dedent(steps[kernel.target](kernel.listing()));
    return `## ${title}\n\n${says}\n\n\`\`\`text\n${shown}\n\`\`\`\n`;
  });
  return `<!-- Written by \`${galleryCommand}\`; a test fails when it is not current. -->

# One kernel in all targets

A small DGEMM kernel, C = alpha A B + beta C with a register block of one vector of rows (two rows where there are no vectors) by two columns, and
one step of k in a turn of the innermost loop: \`gemmSpec({ isa, mu, nu: 2, ku: 1 })\` without prefetches. Of each target's code this page shows what is done for every step of k; around it
are blocks, packing and edges, the same five loops everywhere.

${table(['target and instruction set', 'bytes of the whole kernel', ''], rows)}
${sections.join('\n')}`;
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(galleryFile, gallery());
