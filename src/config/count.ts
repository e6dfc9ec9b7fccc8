/** A number from 1 to 999,999,999 as somebody writes it; `undefined` for what is none. */
export function countIn(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
