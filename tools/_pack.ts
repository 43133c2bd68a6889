import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { type Manifest, readPackages } from './_workspace.ts';

/** A package as publishing would send it. */
export interface Packed {
  /** Relative to the repository. */
  folder: string;
  manifest: Manifest;
  /** The path of the tarball. */
  tarball: string;
  /** What is in it. */
  files: string[];
}

/** Packs every package that is published, as publishing would, for `use` to look at. The packages must be built. */
export async function withPacked<T>(root: string, use: (packed: Packed[], scratch: string) => Promise<T>): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), 'paratune-pack-'));
  try {
    const packages = readPackages(root).filter(({ manifest }) => !manifest.private);
    const packed = packages.map(({ folder, manifest }) => ({ folder, manifest, ...pack(join(root, folder), scratch) }));
    return await use(packed, scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Makes a tarball with pnpm, which replaces `workspace:` ranges and adds the repository's licence. */
function pack(folder: string, destination: string): Pick<Packed, 'tarball' | 'files'> {
  const pnpm = env['npm_execpath']?.includes('pnpm') ? [env['npm_execpath']] : ['npx', '--yes', 'pnpm'];
  const [command, ...words] = [...pnpm, 'pack', '--json', '--pack-destination', destination];
  const output = execFileSync(command!, words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const { filename, files } = JSON.parse(output) as { filename: string; files: { path: string }[] };
  return { tarball: filename, files: files.map(({ path }) => path) };
}
