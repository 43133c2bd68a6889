/** Arguments with which it runs unseen, for root too, and asks the network for nothing by itself. */
export const chromiumArguments: readonly string[] = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  ...['--disable-background-networking', '--no-first-run'],
];
