/**
 * What is wrong with the value of a secret, as the rest of a sentence that begins with the name of the secret;
 * `undefined` when nothing is. Refuses an empty value, and characters that programs read differently. The result
 * never contains the value.
 */
export function secretProblem(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (text !== text.trim()) return 'begins or ends with white space, which many programs drop';
  return text.includes('\0') ? 'has a null character in it' : undefined;
}
