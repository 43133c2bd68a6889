import { join } from 'node:path';
import { quote, systemPath } from './_keeper.ts';
import { machineModules } from './_qemu.ts';
import { mountSharedByVirtio } from './_qemu_machine.ts';
import type { Xen } from './_xen_packages.ts';

/** What Dom0 needs to start other domains, and to give them a disk and a network. */
export const xenHostModules: readonly string[] = [
  ...machineModules,
  ...['xen-evtchn', 'xen-gntdev', 'xen-gntalloc', 'xen-privcmd', 'xenfs', 'xen-blkback', 'xen-netback'],
];
/** What the other domain needs. */
export const unprivilegedModules: readonly string[] = ['xen-blkfront', 'xen-netfront', '9p', '9pnet_fd', 'overlay'];

/** The two ends of the network between Dom0 and the other domain: of those addresses that are for one link only (RFC 3927). */
const [dom0Address, domUAddress] = ['169.254.77.1', '169.254.77.2'];
/** What Dom0 serves there. */
const [exportedHost, exportedShared] = ['/run/export/host', '/run/export/shared'];

function mountByNetwork(what: string, path: string, options: string): string {
  const all = `trans=tcp,port=564,version=9p2000.L,uname=root,access=any,aname=${what},msize=262144,${options}`;
  return `mount -t 9p -o ${all} ${dom0Address} ${path}`;
}

/** How the first root of the other domain mounts the host's files. The disk comes on its own, but is waited for. */
export const mountHostByNetwork: string = `
until $busybox ip link set eth0 up 2>/dev/null; do $busybox sleep 0.1; done
$busybox ip address add ${domUAddress}/30 dev eth0
$busybox ${mountByNetwork(exportedHost, '/host', 'ro,cache=loose')}
`;

/** How it mounts the folder that is shared with the process outside. */
export const mountSharedByNetwork = (path: string): string => mountByNetwork(exportedShared, path, 'cache=none');

/** The domain to start. */
export interface UnprivilegedDomain {
  kernel: string;
  initramfs: string;
  memoryMiB: number;
  /** Its kernel's command line. */
  words: string;
  /** Dom0's disk that is its first. */
  disk: string | undefined;
}

/**
 * The init of a Dom0 that starts another domain and serves it: the host's files and the shared folder by 9p over TCP. The other
 * domain's console is passed on to the second serial line; the machine ends with the domain.
 */
export function xenHostScript(
  { root, programs }: Xen,
  busybox: string,
  { kernel, initramfs, memoryMiB, words, disk }: UnprivilegedDomain,
): string {
  const tools = '/run/tools';
  const configuration = `
name = "paratune"
type = "pv"
kernel = "/run/kernel"
ramdisk = "/run/initramfs"
memory = ${memoryMiB}
vcpus = 1
extra = "${words}"
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "destroy"
vif = ["script=/run/vif"]
${disk === undefined ? '' : `disk = ["format=raw, vdev=xvda, access=rw, script=/run/block, target=${disk}"]`}
`;
  // Links keep what the user's paths hold out of the files of others.
  return `
set -e
export PATH=${systemPath}
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
mkdir -p ${tools} ${exportedHost} ${exportedShared} /run/xen /run/xenstored /run/lock
mount --bind ${quote(root)} ${tools}
mount --bind / ${exportedHost}
${mountSharedByVirtio(exportedShared)}
ln -s ${quote(kernel)} /run/kernel
ln -s ${quote(initramfs)} /run/initramfs
ln -s ${quote(busybox)} /run/busybox
# Where Xen's programs keep notes.
mount -t tmpfs lib /var/lib
mkdir /var/lib/xen
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
mount -t xenfs xenfs /proc/xen
export LD_LIBRARY_PATH=${tools}/usr/lib/x86_64-linux-gnu:${tools}/lib/x86_64-linux-gnu
programs=${join(tools, programs)}
$programs/xenstored
$programs/xen-init-dom0
$programs/xenconsoled

# The server asks for the name of its client.
echo '${domUAddress} domu' >/run/hosts
mount --bind /run/hosts /etc/hosts
/run/busybox ip link set lo up
# What it says of every file is that Dom0 has no extended attributes of it.
${tools}/usr/sbin/diod --foreground --no-auth --logdest stderr --listen 0.0.0.0:564 --export ${exportedHost} --export ${exportedShared} 2>&1 |
  grep --line-buffered -v xattrwalk &

cat >/run/vif <<'END'
#!/bin/sh
[ "$1" = online ] || exit 0
/run/busybox ip address add ${dom0Address}/30 dev "$vif"
/run/busybox ip link set "$vif" up
${tools}/usr/bin/xenstore-write "$XENBUS_PATH/hotplug-status" connected
END
cat >/run/block <<'END'
#!/bin/sh
[ "$1" = add ] || exit 0
device=$(${tools}/usr/bin/xenstore-read "$XENBUS_PATH/params")
${tools}/usr/bin/xenstore-write "$XENBUS_PATH/physical-device" "$(stat -c %t:%T "$device")" "$XENBUS_PATH/hotplug-status" connected
END
chmod +x /run/vif /run/block
cat >/run/domain <<'END'${configuration}END
set +e
$programs/xl create -F /run/domain &
domain=$!
until terminal=$(${tools}/usr/bin/xenstore-read /local/domain/1/console/tty 2>/dev/null) && [ -n "$terminal" ]; do
  kill -s 0 $domain 2>/dev/null || break
  sleep 0.1
done
stty -F "$terminal" raw -echo
stty -F /dev/ttyS1 raw -echo
cat "$terminal" >/dev/ttyS1 &
cat /dev/ttyS1 >"$terminal" &
wait $domain
# What the console still holds.
sleep 1
echo o >/proc/sysrq-trigger
sleep 100
`;
}
