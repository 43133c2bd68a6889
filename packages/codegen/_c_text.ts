/** Small parts of C that the generators of all routines write. */

import type { AnySpec, CVectors } from './_c_vectors.ts';

export function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

/** Lines of code, each further in by so many spaces. */
export function indented(spaces: number, lines: readonly string[]): string {
  const space = ' '.repeat(spaces);
  return lines
    .flatMap((line) => line.split('\n'))
    .map((line) => (line === '' ? '' : space + line))
    .join('\n');
}

/** `pointer` or `pointer + offset`. */
export function offsetBy(pointer: string, offset: number | string): string {
  return offset === 0 ? pointer : `${pointer} + ${offset}`;
}

/** A declaration of variables, a few to the line. */
export function declarations(type: string, names: readonly string[], value: string, perLine: number): string {
  const lines: string[] = [];
  for (let first = 0; first < names.length; first += perLine) {
    const some = names.slice(first, first + perLine);
    lines.push(`${type} ${some.map((name) => `${name} = ${value}`).join(', ')};`);
  }
  return lines.join('\n');
}

/** Constants by name, each with what it means. */
export type Constants = Readonly<Record<string, readonly [value: number, meaning: string]>>;

/** The constants of a specification, so that its parameters can be read off the text. */
export function constants(given: Constants): string {
  const rows = Object.entries(given).map(([name, [value, meaning]]) => `  ${name} = ${value}, /* ${meaning} */`);
  return `enum {\n${rows.join('\n')}\n};`;
}

/** The comment at the top of a file. */
export function heading(spec: AnySpec, { form }: CVectors, what: readonly string[]): string {
  return `/*\n${what.map((line) => ` * ${line}`).join('\n')}\n *\n * Specification, written in the form '${form}':\n * ${JSON.stringify(
    spec,
  )
    .replaceAll(',', ', ')
    .replace(/(.{1,110})( |$)/g, '$1\n * ')
    .trimEnd()
    .replace(/\n \*$/, '')}\n */`;
}

/** What fetches a cache line before its use, where a compiler can say so. */
export const prefetchMacro = `#if defined(__GNUC__)
#define PREFETCH(address) __builtin_prefetch((const void *)(address))
#else
#define PREFETCH(address) ((void)(address))
#endif`;

/** Reads the argument block into constants: addresses, factors as elements, and sizes and strides as integers. */
export function argumentsOf<Field extends string>(
  { element }: CVectors,
  fields: Readonly<Record<Field, number>>,
  addresses: Readonly<Partial<Record<Field, 'input' | 'output'>>>,
): string {
  const lines = (Object.entries(fields) as [Field, number][]).map(([name, index]) => {
    const place = `block[${index}]`;
    const access = addresses[name];
    if (access !== undefined) {
      const type = `${access === 'input' ? 'const ' : ''}${element} *`;
      return `${type}${name} = (${type})(uintptr_t)${place};`;
    }
    if (name === 'alpha' || name === 'beta') {
      return `const ${element} ${name} = ${element === 'double' ? '' : '(float)'}${place};`;
    }
    return `const ptrdiff_t ${name} = (ptrdiff_t)${place};`;
  });
  return lines.join('\n');
}
