import type { Settings } from './component.ts';
import type { SecretSpec } from './secret.ts';
import type { Mount } from './service.ts';

/**
 * What the homeserver is told of an application service, such as a bridge (Matrix application service API, "Registration").
 * Its file has its two tokens, is read by the homeserver and by the service that mounts it, and is a secret of ours.
 */
export interface Registration {
  /** No other registration has it. The names of its secrets begin with it. */
  readonly id: string;
  /** Where the homeserver sends events to; null where it sends none. */
  readonly url: string | null;
  /** The account that the application service acts as by itself. */
  readonly senderLocalpart: string;
  readonly users: readonly Namespace[];
  readonly aliases?: readonly Namespace[];
  /** Do the homeserver's limits for requests hold for its users? */
  readonly isRateLimited: boolean;
  /** Is it told who is typing, has read what, and is online? */
  readonly receivesEphemeral?: true;
  /** Can it take part in encrypted rooms? */
  readonly readsEncrypted?: true;
  /** Keys that it reads there itself. */
  readonly extra?: Settings;
}

/** Names that begin in the same way. */
interface Namespace {
  /** What the localparts of all of them begin with; none where it is empty. */
  readonly prefix: string;
  /** May nobody else have such names? */
  readonly isExclusive: boolean;
}

/** A registration, and the component that has it. */
export interface OwnRegistration extends Registration {
  readonly component: string;
}

/** What its file is made of: the secret that both tokens are halves of, and the file itself, JSON, which is YAML too. */
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
      recipe: { kind: 'derived', from: tokens, text: (secret) => textOf(registration, serverName, secret) },
    },
  ];
}

/** The file, for a service that reads it. */
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
  return `${JSON.stringify(registration, undefined, 2)}\n`;
}

function namespaceOf(sigil: string, { prefix, isExclusive }: Namespace, serverName: string) {
  return { regex: `${sigil}${literally(prefix)}.*:${literally(serverName)}`, exclusive: isExclusive };
}

/** Text as a part of a regular expression that matches nothing else. */
function literally(text: string): string {
  return text.replaceAll(/[.+/=]/g, '\\$&');
}

/** Two registrations that do not go together. */
export interface RegistrationClash {
  readonly one: OwnRegistration;
  readonly other: OwnRegistration;
  /** What both have, as in "the id irc". */
  readonly what: string;
}

/** The pairs that the homeserver does not take together, or of which neither could be sure of its names. */
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

/** The first one's own account, where the second one has that name too. */
function senderIn({ senderLocalpart }: Registration, other: Registration): string[] {
  const isTaken =
    senderLocalpart === other.senderLocalpart ||
    alone(other.users).some(({ prefix }) => senderLocalpart.startsWith(prefix));
  return isTaken ? [senderLocalpart] : [];
}

/** How the names begin that two of these namespaces have, and are both to have alone. */
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
