/** What a driver that is to begin together with others writes to standard error when it is ready. */
export const readyLine = 'ready';
