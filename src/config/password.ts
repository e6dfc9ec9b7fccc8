/** Longest that Synapse takes (its rest/admin/users.py), in characters. */
const longest = 512;

/**
 * What is wrong with a password that somebody has chosen, as the rest of a sentence that begins with "the password";
 * undefined where nothing is. Never with the password in it.
 */
export function passwordProblem(password: string): string | undefined {
  if (password === '') return 'cannot be empty';
  if (password.length > longest) return `is longer than ${longest} characters`;
  // No client has a key for them: what is read from a file with one is a mistake.
  if (/\p{Cc}/u.test(password)) return 'has a line end or another control character';
  // What a terminal or a program in between has put for bytes that it did not understand.
  if (password.includes('\ufffd'))
    return 'has the character U+FFFD, which stands for one that was not understood';
  return password.trim() === '' ? 'is white space only' : undefined;
}
