import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import type { SecretRecipe } from '../components/secret.ts';

/**
 * Is this what the recipe makes of the others that are there? Somebody may have put another one in the place of either.
 *
 * @param read the text of another secret; `undefined` where it is not there
 */
export function isMadeOf(
  recipe: SecretRecipe,
  text: string,
  read: (name: string) => string | undefined,
): boolean {
  switch (recipe.kind) {
    case 'derived':
      return fits(read(recipe.from), (source) => text === recipe.text(source));
    case 'authority':
      return fits(read(recipe.key), (key) => certifies(text, key));
    case 'certificate':
      return (
        fits(read(recipe.key), (key) => certifies(text, key)) &&
        fits(read(recipe.authorityKey), (key) => isSignedWith(text, key)) &&
        recipe.names.every((name) => new X509Certificate(text).checkHost(name) !== undefined)
      );
    default:
      return true;
  }
}

/** What is not there is created, and what is made of it with it. What cannot be read is not what was made. */
function fits(other: string | undefined, judge: (other: string) => boolean): boolean {
  if (other === undefined) return true;
  try {
    return judge(other);
  } catch {
    return false;
  }
}

function certifies(certificate: string, key: string): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
}

function isSignedWith(certificate: string, key: string): boolean {
  return new X509Certificate(certificate).verify(createPublicKey(key));
}
