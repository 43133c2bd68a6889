import { quote, systemPath } from './_keeper.ts';
import { exitCodes } from './_process.ts';
import type { RunOptions } from './guest.ts';

/** Where the guest sees the folder that it shares with this process. */
const shared = '/run/paratune';

/** What the guest's init needs to know. */
export interface InitOptions {
  /** The host's folder for commands and their results. */
  sharedFolder: string;
  overlayModule: string | undefined;
  swap: boolean;
}

/**
 * The guest's init: a shell and nothing else, since what runs beside the measured program takes from its memory.
 *
 * The host's files are its root, read-only. Programs find the host's /tmp there and may write to it; what they write
 * stays in the guest. (The overlay that makes this so remembers what it has seen of the host until the next command.) It
 * reads its orders line by line from its serial line, whose other end is a pipe to this process,
 * and answers there; texts of any content go through files in the shared folder.
 */
export function initScript({ sharedFolder, overlayModule, swap }: InitOptions): string {
  // finit_module(2) is number 313 on x86-64; perl is on every Debian, insmod is not.
  const load = `insmod "$1" || perl -e 'open(F, "<", $ARGV[0]) or exit 1; exit(syscall(313, fileno(F), my $none = "", 0) ? 1 : 0)' "$1"`;
  return `
set -e
export PATH=${systemPath}
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
mkdir ${shared} /run/work /dev/shm
mkdir -m 1777 /run/tmp
mount -t hostfs shared ${shared} -o ${quote(sharedFolder)}
mount -t tmpfs shm /dev/shm
set -- ${quote(overlayModule ?? '')}
if [ "$1" ] && { ${load}; } 2>/dev/null; then
  mount -t overlay tmp /tmp -o lowerdir=/tmp,upperdir=/run/tmp,workdir=/run/work
else
  mount -t tmpfs tmp /tmp
fi
${swap ? 'swapon /dev/ubda' : ''}
cat /proc/sys/kernel/osrelease /proc/meminfo >${shared}/facts
stty -F /dev/ttyS0 raw -echo
exec 3<>/dev/ttyS0
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
