import type { KernelMemory } from './kernel_memory.ts';

/** The boot log's line, as `mem_init_print_info` of mm/mm_init.c writes it. */
export function parseBootLog(text: string): KernelMemory | undefined {
  const line = /Memory: \d+K\/\d+K available \((\d+)K kernel code, (\d+)K rwdata, (\d+)K rodata, .*?(\d+)K bss/.exec(
    text,
  );
  if (line === null) return undefined;
  const [code, data, readOnly, zeros] = line.slice(1).map((kilobytes) => Number(kilobytes) * 1024) as [
    number,
    number,
    number,
    number,
  ];
  return { codeBytes: code, dataBytes: data + zeros, readOnlyDataBytes: readOnly, source: 'boot log' };
}

/** The kernel's regions; to others than root all addresses are zero. */
export function parseIomem(text: string): KernelMemory | undefined {
  const bytesOf = (name: string) => {
    const line = new RegExp(`^\\s*([0-9a-f]+)-([0-9a-f]+) : Kernel ${name}$`, 'm').exec(text);
    if (line === null || /^0+$/.test(line[2]!)) return undefined;
    return Number.parseInt(line[2]!, 16) - Number.parseInt(line[1]!, 16) + 1;
  };
  const [code, data] = [bytesOf('code'), bytesOf('data')];
  if (code === undefined || data === undefined) return undefined;
  const [zeros, readOnly] = [bytesOf('bss') ?? 0, bytesOf('rodata') ?? 0];
  return { codeBytes: code, dataBytes: data + zeros, readOnlyDataBytes: readOnly, source: '/proc/iomem' };
}
