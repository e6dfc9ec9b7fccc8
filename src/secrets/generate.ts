import { createPrivateKey } from 'node:crypto';
import type { SecretRecipe } from '../components/secret.ts';
import { UserError } from '../errors.ts';
import { secretPath } from '../layout.ts';
import { newPrivateKey } from './private-key.ts';
import { Secret } from './secret.ts';

/** Source of random bytes: the operating system's generator, or a test's. */
export type RandomBytes = (bytes: number) => Uint8Array;

/**
 * Creates a secret from its recipe. This is the only place where such secrets are created.
 *
 * @param read reads a secret that the recipe uses; it exists already
 * @throws UserError when a private key that the recipe uses is damaged
 */
export async function generateSecret(
  recipe: SecretRecipe,
  read: (name: string) => Promise<Secret>,
  random: RandomBytes,
  now: Date,
): Promise<Secret> {
  switch (recipe.kind) {
    case 'token':
      return new Secret(base64Url(random(recipe.bytes)));
    case 'signing-key':
      return signingKey(random);
    case 'private-key':
      return new Secret(newPrivateKey());
    case 'derived':
      return new Secret(
        recipe.text(...(await Promise.all(recipe.from.map(read))).map((source) => source.reveal())),
      );
    case 'authority':
      return new Secret(
        await (await certificates()).issueAuthority(recipe.commonName, await readKey(recipe.key, read), now),
      );
    case 'certificate':
      return new Secret(
        await (await certificates()).issueCertificate({
          names: recipe.names,
          key: await readKey(recipe.key, read),
          authority: (await read(recipe.authority)).reveal(),
          authorityKey: await readKey(recipe.authorityKey, read),
          now,
        }),
      );
  }
}

/** @throws UserError when the key is damaged */
async function readKey(name: string, read: (name: string) => Promise<Secret>): Promise<string> {
  const text = (await read(name)).reveal();
  try {
    createPrivateKey(text);
    return text;
  } catch (cause) {
    throw new UserError(`${secretPath(name)} is not a private key`, {
      code: 'secrets.damaged',
      hint: `Put it back from a backup, or create another one in its place: \`matrix-deploy secrets rotate ${name}\`.`,
      cause,
    });
  }
}

// Without letters and digits that are easily confused.
const passwordAlphabet = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** A password to be typed by a person: four groups of six characters, 139 bits. */
export function generatePassword(random: RandomBytes): Secret {
  return new Secret(fourGroups(6, random));
}

/** A registration token for people who may create an account: four groups of four characters, 92 bits. */
export function generateInvitation(random: RandomBytes): string {
  return fourGroups(4, random);
}

function fourGroups(length: number, random: RandomBytes): string {
  const groups = Array.from({ length: 4 }, () =>
    Array.from({ length }, () => passwordCharacter(random)).join(''),
  );
  return groups.join('-');
}

function passwordCharacter(random: RandomBytes): string {
  for (;;) {
    // Bytes past the last whole multiple of the alphabet's length would make some characters likelier than others.
    const byte = random(1)[0] ?? 0;
    if (byte < 256 - (256 % passwordAlphabet.length)) {
      return passwordAlphabet.charAt(byte % passwordAlphabet.length);
    }
  }
}

/**
 * Synapse's key file: algorithm, key version, unpadded base64 of the 32-byte seed (signedjson, `write_signing_keys`).
 * The version is random, so that a later key never has the name of an earlier one.
 */
function signingKey(random: RandomBytes): Secret {
  const version = Buffer.from(random(4)).toString('hex');
  const seed = Buffer.from(random(32)).toString('base64').replace(/=+$/, '');
  return new Secret(`ed25519 a_${version} ${seed}\n`);
}

// Loaded when needed: its X.509 library takes longer to load than everything else here.
function certificates() {
  return import('./certificates.ts');
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
