import type { Settings } from './component.ts';
import type { SecretSpec } from './secret.ts';
import type { Mount } from './service.ts';
import { jsonForYaml } from './yaml-text.ts';

/**
 * The registration of an application service, such as a bridge (Matrix application service API, "Registration"). Its
 * file contains the two tokens. The homeserver reads it, and so does the service that mounts it; it is one of the
 * secrets that matrix-deploy creates.
 */
export interface Registration {
  /** Differs from the ID of every other registration. The names of its secrets begin with it. */
  readonly id: string;
  /** Where the homeserver sends events to; null where it sends none. */
  readonly url: string | null;
  /** Localpart of the account that the application service itself uses. */
  readonly senderLocalpart: string;
  readonly users: readonly Namespace[];
  readonly aliases?: readonly Namespace[];
  /** Whether the homeserver's rate limits apply to its users. */
  readonly isRateLimited: boolean;
  /** True if it is sent typing notifications, read receipts and presence. */
  readonly receivesEphemeral?: true;
  /** True if it can take part in encrypted rooms. */
  readonly readsEncrypted?: true;
  /** Further keys of the file, for the application service itself. */
  readonly extra?: Settings;
}

/** All names with a common prefix. */
interface Namespace {
  /** The prefix of the localparts; empty for all names of the server. */
  readonly prefix: string;
  /** Whether only the application service may have such names. */
  readonly isExclusive: boolean;
}

/** A registration, and the component that has it. */
export interface OwnRegistration extends Registration {
  readonly component: string;
}

/**
 * The secrets of a registration: the one whose halves are the two tokens, and the file itself, as JSON, which is also
 * YAML.
 */
export function registrationSecrets(registration: Registration, serverName: string): SecretSpec[] {
  const { id } = registration;
  const tokens = `${id}_tokens`;
  return [
    {
      name: tokens,
      recipe: { kind: 'token', bytes: 64 },
      rotation: { effect: `${id} gets new tokens, and the homeserver and ${id} restart. Sessions go on.` },
    },
    {
      name: registrationFile(registration),
      recipe: {
        kind: 'derived',
        from: [tokens],
        text: (secret) => textOf(registration, serverName, secret),
      },
    },
  ];
}

/** Mounts the file in a service that reads it. */
export function registrationMount(registration: Pick<Registration, 'id'>, target: string): Mount {
  return { source: `secrets/${registrationFile(registration)}`, target };
}

/** Name of the file below secrets/. */
export function registrationFile({ id }: Pick<Registration, 'id'>): string {
  return `${id}_registration.json`;
}

function textOf(
  { id, url, senderLocalpart, users, aliases = [], isRateLimited, receivesEphemeral, extra }: Registration,
  serverName: string,
  tokens: string,
): string {
  const half = Math.ceil(tokens.length / 2);
  const registration = {
    id,
    url,
    as_token: tokens.slice(0, half),
    hs_token: tokens.slice(half),
    sender_localpart: senderLocalpart,
    rate_limited: isRateLimited,
    ...(receivesEphemeral === true ? { receive_ephemeral: true } : {}),
    namespaces: {
      users: users.map((one) => namespaceOf('@', one, serverName)),
      aliases: aliases.map((one) => namespaceOf('#', one, serverName)),
    },
    ...extra,
  };
  return jsonForYaml(registration);
}

function namespaceOf(sigil: string, { prefix, isExclusive }: Namespace, serverName: string) {
  return { regex: `${sigil}${literally(prefix)}.*:${literally(serverName)}`, exclusive: isExclusive };
}

/** Escapes text, so that it matches only itself in a regular expression. */
function literally(text: string): string {
  return text.replaceAll(/[.+/=]/g, '\\$&');
}

/** Two registrations that exclude each other. */
export interface RegistrationClash {
  readonly one: OwnRegistration;
  readonly other: OwnRegistration;
  /** What both have, as in "the id irc". */
  readonly what: string;
}

/** The pairs that the homeserver does not accept together, or that claim the same names for themselves. */
export function registrationClashes(all: readonly OwnRegistration[]): RegistrationClash[] {
  return all.flatMap((other, index) =>
    all.slice(0, index).flatMap((one) => sharedBy(one, other).map((what) => ({ one, other, what }))),
  );
}

function sharedBy(one: Registration, other: Registration): string[] {
  const senders = [...senderIn(one, other), ...senderIn(other, one)];
  return [
    ...(one.id === other.id ? [`the id ${one.id}`] : []),
    ...[...new Set(senders)].map((localpart) => `the user ${localpart}`),
    ...overlaps(one.users, other.users).map((prefix) => `users whose names begin with ${prefix}`),
    ...overlaps(one.aliases, other.aliases).map((prefix) => `aliases that begin with ${prefix}`),
  ];
}

/** The own account of the first registration, if the second one claims its name too. */
function senderIn({ senderLocalpart }: Registration, other: Registration): string[] {
  const isTaken =
    senderLocalpart === other.senderLocalpart ||
    alone(other.users).some(({ prefix }) => senderLocalpart.startsWith(prefix));
  return isTaken ? [senderLocalpart] : [];
}

/** The prefixes of the names that exclusive namespaces of both lists have in common. */
function overlaps(some: readonly Namespace[] = [], others: readonly Namespace[] = []): string[] {
  return alone(some).flatMap((one) =>
    alone(others)
      .filter((other) => one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix))
      .map((other) => (one.prefix.length > other.prefix.length ? one.prefix : other.prefix)),
  );
}

function alone(namespaces: readonly Namespace[]): Namespace[] {
  return namespaces.filter(({ isExclusive }) => isExclusive);
}
