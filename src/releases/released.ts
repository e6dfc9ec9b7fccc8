/** A clock that says an earlier time is wrong: this program did not exist. */
export const released = new Date('2026-01-01T00:00:00Z');
