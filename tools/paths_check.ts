import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Outcome, runAsScript } from './_script.ts';
import { type Problem, repository } from './_workspace.ts';

/** Folders in which people and machines keep checkouts: a path below one is somebody's own. */
const ownFolders = ['home', 'Users', 'root', 'work', 'workspace', 'workspaces', 'builds', 'github'];

/** The absolute paths in a text that mean something on one machine only. `roots` are folders of this machine, as text. */
export function ownPaths(text: string, roots: string[] = []): { line: number; path: string }[] {
  const escaped = roots.filter((root) => root.length > 1).map((root) => root.replace(/[^\w/]/g, '\\$&'));
  // Not within a longer path or an address: nothing that a name or a slash may end in stands before it.
  const pattern = new RegExp(
    `(?<![\\w./)}\\]-])(?:/(?:${ownFolders.join('|')})/[\\w.]|${[...escaped, '/(?!)'].join('|')})[^\\s'"\`),;]*`,
    'g',
  );
  return text
    .split('\n')
    .flatMap((content, index) => [...content.matchAll(pattern)].map(([path]) => ({ line: index + 1, path })));
}

/** Checks that no file under version control names a path of the machine it was written on. */
export function checkPaths(options: { root?: string } = {}): Outcome {
  const { root = repository } = options;
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  const problems: Problem[] = [];
  let count = 0;
  for (const file of files) {
    const path = join(root, file);
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
    const text = readFileSync(path, 'utf8');
    if (text.includes('\0')) continue;
    count++;
    for (const { line, path: found } of ownPaths(
      text,
      [root, homedir()].filter((folder) => folder !== '/root'),
    )) {
      problems.push({ where: `${file}:${line}`, what: `names a path of one machine: ${found}` });
    }
  }
  return { problems, summary: `${count} files` };
}

await runAsScript(import.meta.url, 'paths', () => checkPaths());
