/** Milliseconds that a test waits for what must come. No test asserts speed. */
export const PATIENCE_MS = 60_000
