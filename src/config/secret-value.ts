/**
 * What is wrong with a text as a secret, as the rest of a sentence that begins with its name: nothing, and what programs
 * read differently; undefined where nothing is. Never with the text in it.
 */
export function secretProblem(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (text !== text.trim()) return 'begins or ends with white space, which many programs drop';
  return text.includes('\0') ? 'has a null character in it' : undefined;
}
