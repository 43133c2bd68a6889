import { spawnSync } from 'node:child_process';

/** How a test's child process ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a module in a Node process of its own, where it may crash, change its limits or pretend to be elsewhere. Within
 * the script, `await importNative()` is this package, `print` writes a value as JSON, `describe` picks an error's fields
 * and `permissionsAt` is the function below.
 */
export function runChild(script: string, { flags = [] as string[] } = {}): Ended {
  const module = JSON.stringify(new URL('./mod.ts', import.meta.url).href);
  const source = `
    import { readFileSync } from 'node:fs';
    const importNative = () => import(${module});
    const print = (value) => process.stdout.write(JSON.stringify(value));
    const describe = ({ name, message, feature, code, cause }) => ({ name, message, feature, code, cause: cause?.code });
    ${permissionsAt.toString()}
    ${script}`;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, '--import', import.meta.resolve('tsx'), '--input-type=module', '-e', source],
    { encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' },
  );
  return { exitCode: status, signal, stdout, stderr };
}

/** The permissions of the mapping that holds an address, such as `'r-xp'`, from the text of /proc/PID/maps. */
export function permissionsAt(maps: string, address: number): string | undefined {
  for (const line of maps.split('\n')) {
    const [, start, end, permissions] = /^(\w+)-(\w+) (\S+)/.exec(line) ?? [];
    if (start && address >= Number.parseInt(start, 16) && address < Number.parseInt(end!, 16)) return permissions;
  }
  return undefined;
}
