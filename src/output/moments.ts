/** The day in UTC: `2026-12-31`. */
export function describeDay(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** The minute in UTC: `2026-12-31 23:59 UTC`. */
export function describeTime(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
