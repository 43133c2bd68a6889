import { enumerate, formatNumber, plainLine, shorten } from './_format.ts';
import { whereItRan } from './_identities.ts';
import type { PageContents } from './_page.ts';
import { shortName, signs } from './_page_claims.ts';
import { markdownTable } from './_peers_markdown.ts';
import { progressNote } from './_progress_note.ts';
import { groupBy } from './_statistics.ts';
import { unmadeGood } from './_unmade_good.ts';

/** The longest reason that a table has room for. */
const longestReason = 160;

/** The report for a pull request: answers, claims, what was found, what is missing. The figures are in the page. */
export function reportMarkdown({
  contents,
  environments,
  claims,
  answers,
  exhibits,
  progress,
  command,
}: PageContents): string {
  const measured = environments.filter(({ identities }) => identities.length > 0).map(({ name }) => name);
  const found = exhibits.filter(({ findings }) => findings.length > 0);
  const missing = groupBy(unmadeGood(contents.records), ({ experiment, environment, reason }) =>
    JSON.stringify([experiment, environment, reason]),
  );
  return [
    '# What a guest and its memory cost linear algebra',
    progress && `> ${plain(progressNote(progress))}`,
    contents.records.length === 0
      ? 'The store holds no records yet.'
      : plain(
          `${whereItRan(contents)} ${measured.length > 0 ? `Measured: ${enumerate(measured)}.` : 'Nothing was measured.'}`,
        ),
    answers.map(({ question, answer }) => `- **${plain(question)}** ${plain(answer)}`).join('\n'),
    '## The paper’s claims',
    markdownTable(
      ['', 'claim', 'verdict', 'why', 'section', 'shown in'],
      claims.map(({ number, statement, verdict, reason, section, exhibits }) =>
        [
          `${number}`,
          statement,
          `${signs[verdict].sign} ${verdict}`,
          reason,
          section,
          exhibits.map(shortName).join(', '),
        ].map(plain),
      ),
    ),
    ...(found.length > 0 ? ['## What was found'] : []),
    ...found.map(({ title, findings }) =>
      [
        `**${plain(title)}**`,
        '',
        ...findings.map(({ environment, sentence }) => `- ${plain(`${environment}: ${sentence}`)}`),
      ].join('\n'),
    ),
    ...(missing.size > 0
      ? [
          '## Not measured',
          markdownTable(
            ['environment', 'experiment', 'observations', 'reason'],
            [...missing.values()].map((group) => {
              const { environment, experiment, reason } = group[0]!;
              return [
                environment,
                experiment,
                formatNumber(group.length),
                shorten(plainLine(reason), longestReason),
              ].map(plain);
            }),
          ),
        ]
      : []),
    `Measured by \`${command}\`; figures are in report.html beside this file, every observation in records.csv.`,
    '',
  ]
    .filter((part) => part !== undefined)
    .join('\n\n');
}

/** Text as text: what Markdown or HTML would take for a sign of theirs is written as its number. */
function plain(text: string): string {
  return plainLine(text).replace(/[\\`*_[\]<>#|~!@&]/g, (character) => `&#${character.charCodeAt(0)};`);
}
