/** The slowest line, in bytes a second, over which what is as large as is allowed still arrives: 256 kbit/s. */
export const slowestLine = 32_000;
