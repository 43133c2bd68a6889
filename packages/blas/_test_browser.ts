/** Chromium, for tests of pages. */

import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Page } from 'playwright-core';

/** Where Debian's package puts it. */
const CHROMIUM = '/usr/bin/chromium';

/** Why tests of pages are skipped, if they are. */
export const noBrowser = existsSync(CHROMIUM) ? false : `there is no ${CHROMIUM} (Debian's package chromium)`;

/** What a server answers. */
export interface Answer {
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Opens pages of a server on this machine, whose answers are these by their paths, as long as `use` takes. */
export async function withBrowser(
  answers: Readonly<Record<string, Answer>>,
  use: (open: (path: string) => Promise<Page>) => Promise<void>,
): Promise<void> {
  const server = createServer(({ url }, response) => {
    const answer = answers[url ?? ''];
    if (answer === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': answer.type, ...answer.headers }).end(answer.body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    timeout: 60_000,
  });
  try {
    await use(async (path) => {
      const page = await browser.newPage();
      page.setDefaultTimeout(60_000);
      await page.goto(`http://127.0.0.1:${port}${path}`);
      return page;
    });
  } finally {
    await browser.close();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
}
