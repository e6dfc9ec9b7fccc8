import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import type { SecretRecipe } from '../components/secret.ts';

/**
 * Whether a secret is what its recipe makes of the other secrets that exist. Somebody may have replaced one of them
 * by hand.
 *
 * @param text of the secret
 * @param read gives the text of another secret; `undefined` when it does not exist
 */
export function isMadeOf(
  recipe: SecretRecipe,
  text: string,
  read: (name: string) => string | undefined,
): boolean {
  switch (recipe.kind) {
    case 'derived':
      return fitsAll(recipe.from.map(read), (sources) => text === recipe.text(...sources));
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

function fitsAll(
  others: readonly (string | undefined)[],
  judge: (others: readonly string[]) => boolean,
): boolean {
  const there = others.filter((other) => other !== undefined);
  return there.length < others.length || judge(there);
}

/**
 * True when the other secret does not exist: it will be created, and the secrets that depend on it with it. False
 * when a secret cannot be read: then it is not the one that was created.
 */
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
