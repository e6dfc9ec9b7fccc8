/** The earliest time that a clock can rightly say: before it, this program did not exist. */
export const released = new Date('2026-01-01T00:00:00Z');
