/** Names that hold a secret in what other programs define themselves: environment variables, options of modules. */
const secretName =
  /(?:^|_)(?:secret|password|passphrase|passwd|pass|pepper|token|(?:api|auth|secret|private|signing|secret_access)_?key)$/i;
const urlWithPassword = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s:@]*:[^/?#\s@]+@/i;

/** Does a setting of this name hold a secret, by the usual words with `_` between them? */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** Is it a URL in which a password stands? */
export function isUrlWithPassword(text: string): boolean {
  return urlWithPassword.test(text);
}
