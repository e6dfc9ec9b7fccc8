/** Random bytes that are not: a counter, so that two runs give the same. */
export function countingBytes(first = 0): (bytes: number) => Uint8Array {
  let next = first;
  return (bytes) => Uint8Array.from({ length: bytes }, () => next++ % 256);
}
