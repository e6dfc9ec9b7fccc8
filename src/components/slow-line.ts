/**
 * The slowest connection, in bytes a second, over which a request of the largest allowed size still arrives: 256
 * kbit/s.
 */
export const slowestLine = 32_000;
