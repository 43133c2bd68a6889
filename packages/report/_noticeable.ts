/** Less than this is not swapping: a page here and there is moved on any machine. 1 MB is 256 pages of the paper. */
export const noticeableBytes = 2 ** 20;
export const noticeableFaults = 256;

/** Faults vary more than memory does: a climb must be clear of them. */
export const climb = 0.1;
