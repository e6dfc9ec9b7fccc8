/** Maximum length that Synapse accepts (its rest/admin/users.py), in characters. */
const longest = 512;

/**
 * What is wrong with a chosen password, as the rest of a sentence that begins with "the password"; `undefined` when
 * nothing is. The text never contains the password.
 */
export function passwordProblem(password: string): string | undefined {
  if (password === '') return 'cannot be empty';
  if (password.length > longest) return `is longer than ${longest} characters`;
  // No client lets a user type a control character, so one in a file is a mistake.
  if (/\p{Cc}/u.test(password)) return 'has a line end or another control character';
  // A terminal or a program in between has replaced bytes that it could not decode by this character.
  if (password.includes('\ufffd'))
    return 'has the character U+FFFD, which stands for one that was not understood';
  return password.trim() === '' ? 'is white space only' : undefined;
}
