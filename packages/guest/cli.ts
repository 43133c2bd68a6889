import { constants } from 'node:os';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { available } from './available.ts';
import type { GuestSpec } from './environment.ts';
import type { Guest } from './guest.ts';
import { GuestError } from './guest_error.ts';
import { parseEnvironment } from './parse_environment.ts';
import { start } from './start.ts';

const FAILED = 1;
const USAGE = 2;
// As shells report it.
const SIGNALLED = 128;

interface RunFlags {
  memory?: string;
  swap?: string;
  cpus?: number[];
  timeout?: number;
  accelerator?: 'auto' | 'kvm' | 'tcg';
  paravirtual?: boolean;
}

function cpuList(text: string): number[] {
  if (!/^\d+(,\d+)*$/.test(text)) throw new InvalidArgumentError("It must be CPU numbers such as '0' or '0,1'.");
  return text.split(',').map(Number);
}

/** A duration such as `60s` in milliseconds. */
function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (!match) throw new InvalidArgumentError("It must be a duration such as '500ms', '60s' or '5m'.");
  return Number(match[1]) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] as 'ms' | 's' | 'm' | 'h'];
}

function warn(message: string): void {
  process.stderr.write(`paratune-guest: ${message}\n`);
}

function explain(error: GuestError): void {
  warn(error.message);
  if (error.consoleTail !== '') {
    process.stderr.write(`the end of its console:\n${error.consoleTail.replace(/^/gm, '  | ')}\n`);
  }
}

async function list(environments: string[], { json }: { json?: true }): Promise<number> {
  const rows = await available(environments.length > 0 ? environments : undefined);
  if (json) {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return 0;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const row of rows) {
    process.stdout.write(`${row.name.padEnd(width)}  ${row.available ? 'available' : `missing: ${row.missing}`}\n`);
    if (!row.available) process.stdout.write(`${''.padEnd(width)}  to mend it: ${row.remedy}\n`);
  }
  return 0;
}

async function run(environment: string, words: readonly string[], flags: RunFlags): Promise<number> {
  const { timeout: timeoutMs, paravirtual, ...changes } = flags;
  const spec = {
    ...parseEnvironment(environment),
    ...changes,
    // Without the flag there is nothing to say, and other kinds have no such property.
    ...(paravirtual === false ? { paravirtual } : {}),
  } as GuestSpec;
  const [command, ...args] = words as [string, ...string[]];
  let guest: Guest | undefined;
  let interrupted: number | undefined;
  const interrupt = (signal: NodeJS.Signals) => {
    interrupted ??= SIGNALLED + constants.signals[signal];
    // While it is not started yet, the end of this process is what removes it.
    if (guest === undefined) process.exit(interrupted);
    guest.stop().catch(() => {});
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt(signal));
  // Nobody reads on, as with `| head`.
  process.stdout.on('error', () => interrupt('SIGPIPE'));
  try {
    guest = await start(spec, { onProgress: warn });
    const { exitCode, signal, detail } = await guest.run(command, args, {
      timeoutMs,
      capture: false,
      onOutput: (chunk, stream) => void process[stream].write(chunk),
    });
    if (detail !== undefined) warn(`${guest.name}: ${command}: ${detail}`);
    return signal === null ? (exitCode ?? FAILED) : SIGNALLED + constants.signals[signal];
  } catch (error) {
    if (interrupted === undefined) throw error;
    return interrupted;
  } finally {
    await guest?.stop();
  }
}

/** Runs the command line; the promise is its exit code. */
async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const separator = argv.indexOf('--');
  const command = separator < 0 ? [] : argv.slice(separator + 1);
  const program = new Command('paratune-guest')
    .description(
      'Environments to run a program in: this machine, the same held to some memory, a paravirtualized guest.',
    )
    .exitOverride();
  program
    .command('list')
    .description('say which environments this machine can run, and how to get the rest')
    .argument('[environments...]', "such as 'native-756' or 'uml-256'; one of every kind when absent")
    .option('--json', 'print JSON')
    .action(async (environments, options) => {
      exitCode = await list(environments, options);
    });
  program
    .command('run')
    .description('run a command in an environment, with its output and its exit code')
    .usage('[options] ENVIRONMENT -- COMMAND [ARGS...]')
    .argument(
      '<environment>',
      "a kind ('native', 'uml', 'qemu', 'xen-dom0', 'xen-domu') or a name with a memory in MiB ('native-256', 'uml-756')",
    )
    .option('--memory <size>', "memory of the environment, such as '256M'")
    .option('--swap <size>', 'swap space beside that memory; 0 for none (default: 512M where memory is set)')
    .option('--cpus <list>', "CPUs to run on, such as '0,1'; one for kinds 'uml', 'xen-dom0' and 'xen-domu'", cpuList)
    .addOption(
      new Option(
        '--accelerator <name>',
        "what runs the instructions of kinds 'qemu', 'xen-dom0' and 'xen-domu'",
      ).choices(['auto', 'kvm', 'tcg']),
    )
    .option('--no-paravirtual', "do not tell a guest of kind 'qemu' under KVM that it is one")
    .option('--timeout <duration>', "kill the command after so long, such as '60s'", duration)
    .addHelpText(
      'after',
      `
The command reads this machine's files and starts in the current folder; its standard input is empty.

Exit codes: the command's own (128 + n if signal n ended it, 127 if it is not found, 126 if it cannot be run,
125 if the folder is not there); 1 if the environment cannot be started or dies; 2 for bad usage.

Example: paratune-guest run uml --memory 256M -- node -e 'console.log(process.memoryUsage.rss())'`,
    )
    .action(async (environment, options, self: Command) => {
      if (command.length === 0) self.error("error: give '--' and a command");
      exitCode = await run(environment, command, options);
    });
  try {
    await program.parseAsync(separator < 0 ? argv : argv.slice(0, separator), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    if (error instanceof GuestError) {
      explain(error);
      return FAILED;
    }
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    warn(error.message);
    return USAGE;
  }
}

main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
