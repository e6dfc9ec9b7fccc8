const pattern = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(UTC|Z|[+-]\d\d:\d\d)?$/i;

/**
 * Parses a point in time: `2026-11-28 04:15`, `2026-11-28T04:15:30Z`, `2026-11-28 05:15 +01:00`. Without a zone,
 * the time is in UTC, as in the names of sets.
 *
 * @returns `undefined` for any other text; also for a date without a time, which could mean the beginning or the
 *   end of the day
 */
export function parsePoint(text: string): Date | undefined {
  const [, day, time, zone = 'Z'] = pattern.exec(text.trim()) ?? [];
  // `Date` turns the 31st of a shorter month into a day of the next month.
  if (day === undefined || isoOf(new Date(`${day}T00:00Z`))?.slice(0, 10) !== day) return undefined;
  const point = new Date(`${day}T${time}${/^(utc|z)$/i.test(zone) ? 'Z' : zone}`);
  return isoOf(point) === undefined ? undefined : point;
}

function isoOf(date: Date): string | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
