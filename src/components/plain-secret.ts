/**
 * Names that usually stand for a secret, in settings that other programs define: environment variables, options of
 * modules.
 */
const secretName =
  /(?:^|_)(?:secret|password|passphrase|passwd|pass|pepper|token|(?:api|auth|secret|private|signing|secret_access)_?key)$/i;
const urlWithPassword = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s:@]*:[^/?#\s@]+@/i;

/** Whether a setting of this name holds a secret, judged by the usual words with `_` between them. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** Whether the text is a URL with a password in it. */
export function isUrlWithPassword(text: string): boolean {
  return urlWithPassword.test(text);
}
