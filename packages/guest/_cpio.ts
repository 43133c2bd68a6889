/** A file or a folder of an archive; its path has no leading slash. */
export interface CpioEntry {
  path: string;
  /** Type and permissions, as in stat(2). */
  mode: number;
  data?: Uint8Array;
}

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;

/** A folder of an archive. */
export function cpioFolder(path: string): CpioEntry {
  return { path, mode: S_IFDIR | 0o755 };
}

/** A file of an archive that can be run. */
export function cpioFile(path: string, data: Uint8Array): CpioEntry {
  return { path, mode: S_IFREG | 0o755, data };
}

/**
 * An archive as the Linux kernel unpacks it for its first root: format "newc" of cpio(5), Documentation/driver-api/early-userspace/buffer-format.rst.
 * Times are zero, so that equal files give equal archives.
 */
export function cpio(entries: readonly CpioEntry[]): Buffer {
  const pad = (bytes: number) => Buffer.alloc((4 - (bytes % 4)) % 4);
  const pack = ({ path, mode, data = new Uint8Array() }: CpioEntry, index: number): Buffer[] => {
    const name = Buffer.from(`${path}\0`);
    // inode, mode, uid, gid, links, mtime, size, device and its minor, special device and its minor, length of the name, checksum
    const fields = [index + 1, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
    return [Buffer.from(header), name, pad(header.length + name.length), Buffer.from(data), pad(data.length)];
  };
  const trailer = { path: 'TRAILER!!!', mode: 0 };
  return Buffer.concat([...entries, trailer].flatMap(pack));
}
