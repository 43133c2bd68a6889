/** What is made of a specification. */
export const targets = ['x64', 'object', 'wasm', 'c', 'js'] as const;
