import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ComponentRegistry, describePermanence } from '../components/components.ts';
import { type SecretUse, secretNamePattern, secretNameRule } from '../components/secret-reference.ts';
import { parseConfig } from '../config/parse.ts';
import { secretUsesIn } from '../config/secret-uses.ts';
import { ConfigError, UsageError, UserError } from '../errors.ts';
import { layout, secretPath } from '../layout.ts';
import { rotatedFor } from '../plan/rotation.ts';
import { fingerprintKey } from '../secrets/fingerprint.ts';
import type { Secret } from '../secrets/secret.ts';
import { type Stack, unlockedStack } from '../stack/stack.ts';
import {
  listGivenSecrets,
  readGivenSecret,
  removeGivenSecret,
  writeGivenSecret,
} from '../state/given-secrets.ts';
import { readConfig } from '../state/load-config.ts';

/** A secret of a deployment, without its value. */
export interface ListedSecret {
  readonly name: string;
  /** `given` by the operator, or `generated`. */
  readonly kind: 'given' | 'generated';
  /** Settings that name it, or services that read it. */
  readonly usedBy: readonly string[];
  /** Absent where matrix.yaml names it and nobody has set it. */
  readonly setAt?: Date;
  /** The secret that `secrets rotate` replaces to rotate this one: itself or its source. Absent when it cannot. */
  readonly rotatedWith?: string;
}

/** @throws UsageError for a name that no secret can have. */
export function refuseSecretName(name: string): void {
  if (!secretNamePattern.test(name)) {
    throw new UsageError(`${JSON.stringify(name)} is not a valid name of a secret`, {
      code: 'usage.secret',
      hint: `A name has ${secretNameRule}.`,
    });
  }
}

/**
 * Sets a secret, in place of its previous value, if any.
 *
 * @returns whether the value has changed, and the settings that name the secret
 * @throws ConfigError where there is no deployment; UserError for one that must never change.
 */
export async function setSecret(
  directory: string,
  { name, secret, known }: { name: string; secret: Secret; known: ComponentRegistry },
): Promise<{ changed: boolean; usedBy: string[] }> {
  const text = await readConfig(directory);
  const before = await readGivenSecret(directory, name);
  const changed = before?.reveal() !== secret.reveal();
  if (changed && before !== undefined) refusePermanent(known, name, secretUsesIn(text) ?? []);
  if (changed) await writeGivenSecret(directory, name, secret);
  return { changed, usedBy: settingsOf(name, text) };
}

/** @throws UserError for a secret that must never change, because of a setting that uses it. */
export function refusePermanent(known: ComponentRegistry, name: string, uses: readonly SecretUse[]): void {
  for (const { secret, path } of uses) {
    const why = secret === name ? describePermanence(known, path) : undefined;
    if (why !== undefined) {
      throw new UserError(`${name} must never change: ${why}`, {
        code: 'secrets.permanent',
        details: [path.join('.')],
        hint: `Nothing was changed. If nobody has a password yet, take it out of ${layout.config} first.`,
      });
    }
  }
}

/**
 * Removes a secret that the operator has set.
 *
 * @throws UserError where there is none, where it is a generated one, or while matrix.yaml names it.
 */
export async function removeSecret(directory: string, name: string): Promise<void> {
  const text = await readConfig(directory);
  const given = await listGivenSecrets(directory);
  if (!given.some((secret) => secret.name === name)) {
    throw await unknownSecret(directory, name);
  }
  if (secretUsesIn(text) === undefined) {
    throw new ConfigError(`${layout.config} is not YAML, so it is unknown whether it names ${name}`, {
      code: 'config.invalid',
      hint: `See \`matrix-deploy plan\`. Nothing was removed.`,
    });
  }
  const usedBy = settingsOf(name, text);
  if (usedBy.length > 0) {
    throw new UserError(`${layout.config} names the secret ${name}`, {
      code: 'secrets.used',
      details: usedBy,
      hint: `Take it out of ${layout.config} first, and run \`matrix-deploy apply\`. Nothing was removed.`,
    });
  }
  await removeGivenSecret(directory, name);
}

/** The secrets of a deployment: those that are given or named, then those that are generated, by name. */
export async function listSecrets(directory: string, known: ComponentRegistry): Promise<ListedSecret[]> {
  const text = await readConfig(directory);
  const given = await listGivenSecrets(directory);
  const named = (secretUsesIn(text) ?? []).map(({ secret }) => secret);
  const names = [...new Set([...given.map(({ name }) => name), ...named])].sort();
  const ofOperator = names.map((name): ListedSecret => {
    const setAt = given.find((secret) => secret.name === name)?.setAt;
    return {
      name,
      kind: 'given',
      usedBy: settingsOf(name, text),
      ...(setAt === undefined ? {} : { setAt }),
    };
  });
  return [...ofOperator, ...(await listGenerated(directory, stackOf(text, known)))];
}

async function listGenerated(directory: string, stack: Stack | undefined): Promise<ListedSecret[]> {
  const entries = await readdir(join(directory, layout.secrets), { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return Promise.all(
    names
      .filter((name) => !name.endsWith('.new'))
      .sort()
      .map(async (name) => ({
        name,
        kind: 'generated' as const,
        usedBy: stack === undefined ? [] : readersOf(name, stack),
        ...rotationOf(name, stack),
        setAt: (await stat(join(directory, secretPath(name)))).mtime,
      })),
  );
}

function rotationOf(name: string, stack: Stack | undefined): Pick<ListedSecret, 'rotatedWith'> {
  const secret = rotatedFor(name, [...(stack?.secrets ?? []), fingerprintKey]);
  return secret === undefined ? {} : { rotatedWith: secret.name };
}

function readersOf(name: string, { services, databases }: Stack): string[] {
  const readers = services.filter(({ mounts }) => mounts.some(({ source }) => source === secretPath(name)));
  const roles = databases
    .filter(({ password }) => password === name)
    .map(({ role }) => `database role ${role}`);
  return [...readers.map((service) => service.name), ...roles];
}

function settingsOf(name: string, text: string): string[] {
  const uses = secretUsesIn(text) ?? [];
  return uses.filter(({ secret }) => secret === name).map(({ path }) => path.join('.'));
}

function stackOf(text: string, known: ComponentRegistry): Stack | undefined {
  try {
    return unlockedStack(parseConfig(text, known));
  } catch {
    // Other commands report the errors of matrix.yaml. The names can be listed without it.
    return undefined;
  }
}

async function unknownSecret(directory: string, name: string): Promise<UserError> {
  const generated = await listGenerated(directory, undefined);
  return generated.some((secret) => secret.name === name)
    ? new UserError(`${name} is generated by matrix-deploy, which needs it`, {
        code: 'secrets.generated',
        hint: 'Only secrets that were set with `matrix-deploy secrets set` can be removed.',
      })
    : noSuchSecret(name);
}

export function noSuchSecret(name: string): UserError {
  return new UserError(`there is no secret ${name}`, {
    code: 'secrets.unknown',
    hint: 'See `matrix-deploy secrets list`.',
  });
}
