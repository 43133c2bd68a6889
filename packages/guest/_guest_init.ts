import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quote, systemPath } from './_keeper.ts';
import { exitCodes } from './_process.ts';
import { memoryInfo } from './_system.ts';
import type { GuestFacts, RunOptions } from './guest.ts';

/** Where the guest sees the folder that it shares with this process. */
const shared = '/run/paratune';

/** What the guest's init needs to know. */
export interface InitOptions {
  /** The command that mounts the folder of this process at a path. */
  mountShared: (path: string) => string;
  /** The command that loads the overlay file system; it may fail. */
  loadOverlay: string;
  /** The disk to swap to, if there is one. */
  swapDevice: string | undefined;
  /** The serial line of the orders. */
  ordersDevice: string;
  /** The command that takes the network into use, if there is one. */
  network?: string | undefined;
}

/**
 * The guest's init: a shell and nothing else, since what runs beside the measured program takes from its memory.
 *
 * The host's files are its root, read-only. Programs find the host's /tmp there and may write to it; what they write
 * stays in the guest. (The overlay that makes this so remembers what it has seen of the host until the next command.) It
 * reads its orders line by line from its serial line, whose other end is this process,
 * and answers there; texts of any content go through files in the shared folder.
 */
export function initScript({ mountShared, loadOverlay, swapDevice, ordersDevice, network }: InitOptions): string {
  return `
set -e
export PATH=${systemPath}
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
mkdir ${shared} /run/work
mkdir -p /dev/shm
mkdir -m 1777 /run/tmp
${mountShared(shared)}
mount -t tmpfs shm /dev/shm
if { ${loadOverlay}; } 2>/dev/null; then
  mount -t overlay tmp /tmp -o lowerdir=/tmp,upperdir=/run/tmp,workdir=/run/work
else
  mount -t tmpfs tmp /tmp
fi
${swapDevice === undefined ? '' : `swapon ${swapDevice}`}
${network ?? ''}
cat /proc/sys/kernel/osrelease /proc/meminfo >${shared}/facts
stty -F ${ordersDevice} raw -echo
exec 3<>${ordersDevice}
set +e
# Leaves the guest as it was: no process but this one, and nothing remembered of the host's files.
clear() {
  kill -s KILL -- -1
  echo 3 >/proc/sys/vm/drop_caches
} 2>/dev/null
clear
echo ready >&3
while read -r order number process <&3; do
  case $order in
    run) ( . ${shared}/$number/command ) & ;;
    kill) kill -s KILL -- "-$process" ;;
    clear) clear ;;
    ping) echo pong >&3 ;;
  esac
  # Collects the children that ended.
  jobs >/dev/null
done
`;
}

/** What the init of a guest that is ready has said of it. */
export async function readFacts(sharedFolder: string): Promise<Omit<GuestFacts, 'kind' | 'cpus'>> {
  const [release, ...lines] = (await readFile(join(sharedFolder, 'facts'), 'utf8')).split('\n') as [
    string,
    ...string[],
  ];
  const memory = lines.join('\n');
  const memTotalBytes = memoryInfo('MemTotal', memory);
  return {
    kernel: release,
    memTotalBytes,
    memoryBytes: memTotalBytes,
    swapTotalBytes: memoryInfo('SwapTotal', memory),
  };
}

/** The piece of shell by which the guest's init runs one command. */
export function commandScript(number: number, command: string, args: readonly string[], options: RunOptions): string {
  const variables = Object.entries({ ...(options.env ?? process.env), ...(options.env ? {} : { TMPDIR: '/tmp' }) })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => quote(`${name}=${value}`));
  const folder = `${shared}/${number}`;
  // env takes words with "=" before the command for variables, so a command that holds one goes through a shell.
  const words = command.includes('=') ? ['/bin/sh', '-c', 'exec "$0" "$@"', command, ...args] : [command, ...args];
  return `
cd -- ${quote(options.cwd ?? process.cwd())} 2>${folder}/stderr || { echo "done ${number} ${exitCodes.noFolder}" >&3; exit; }
setsid env -i ${variables.join(' ')} ${words.map(quote).join(' ')} </dev/null >${folder}/stdout 2>${folder}/stderr 3>&- &
echo "started ${number} $!" >&3
wait $!
code=$?
kill -s KILL -- -$! 2>/dev/null
echo "done ${number} $code" >&3
`;
}
