/** Parses a number from 1 to 999,999,999; `undefined` for any other text. */
export function countIn(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
