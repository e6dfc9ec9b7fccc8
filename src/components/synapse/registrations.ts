import { parse } from 'yaml';
import { isLoopback } from '../../identifiers/host-name.ts';
import { userIdOf } from '../../identifiers/user-id.ts';
import { isObject } from '../../json-object.ts';
import type { OwnRegistration } from '../application-service.ts';
import type { FileJudgement, StackContext } from '../component.ts';
import type { NamedPlace, Warning } from '../warning.ts';
import { namedFiles } from './own-files.ts';
import { extraDirectory } from './secret-files.ts';
import { webAddressOf } from './web-address.ts';

/** Keys of a registration that must have text as values. */
const texts = ['id', 'as_token', 'hs_token', 'sender_localpart'] as const;

const namespaces = ['users', 'aliases', 'rooms'] as const;

interface RegistrationFile {
  /** Path of the file, for messages. */
  readonly file: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/**
 * Checks the registrations of application services as Synapse does when it starts (element-hq/synapse 1.163.2,
 * synapse/config/appservice.py): Synapse's check of its configuration does not open them.
 *
 * @param files the texts of the operator's own files, by path
 * @param others the registrations of components
 */
export function judgeRegistrations(
  { app_service_config_files: named }: Readonly<Record<string, unknown>>,
  files: ReadonlyMap<string, string>,
  { registrations: others, serverName }: Pick<StackContext, 'registrations' | 'serverName'>,
): FileJudgement {
  const issues: string[] = [];
  const registrations: RegistrationFile[] = [];
  for (const path of namedFiles(named)) {
    const text = files.get(path);
    const file = `${extraDirectory}/${path}`;
    const content = text === undefined ? undefined : contentOf(text);
    if (content !== undefined && !isObject(content)) {
      issues.push(`${file}: is no registration of an application service, which is a map in YAML`);
    } else if (content !== undefined) {
      registrations.push({ file, content });
    }
  }
  return {
    issues: [
      ...issues,
      ...registrations.flatMap(({ file, content }) => faultsOf(content).map((fault) => `${file}: ${fault}`)),
      ...['id', 'as_token'].flatMap((name) => repeated(registrations, name)),
      ...registrations.flatMap((one) => others.flatMap((other) => clashesWith(other, one, serverName))),
    ],
    warnings: registrations.flatMap(urlWarnings),
    reaches: registrations.flatMap(urlReaches),
  };
}

/** @returns the text itself if it is not YAML, in the version that Synapse reads */
function contentOf(text: string): unknown {
  try {
    return parse(text, { version: '1.1', logLevel: 'error' });
  } catch {
    return text;
  }
}

function faultsOf(content: RegistrationFile['content']): string[] {
  const localpart = content.sender_localpart;
  return [
    ...texts
      .filter((name) => typeof content[name] !== 'string')
      .map((name) => `${name} must be there, and be text in quotes`),
    ...(typeof content.url === 'string' || content.url === null
      ? []
      : ['url must be there: where the application service is reached, or null where it takes no events']),
    ...(typeof localpart !== 'string' || /^[\w.~/-]*$/.test(localpart)
      ? []
      : ['sender_localpart must have no characters that are encoded in an address']),
    ...(isObject(content.namespaces)
      ? namespaceFaults(content.namespaces)
      : ['namespaces must be there, and be a map with users, aliases or rooms']),
  ];
}

function namespaceFaults(all: Readonly<Record<string, unknown>>): string[] {
  return namespaces
    .filter((name) => name in all)
    .filter((name) => !isListOfNamespaces(all[name]))
    .map(
      (name) =>
        `namespaces.${name} must be a list, in which each has regex, a text, and exclusive, true or false`,
    );
}

function isListOfNamespaces(value: unknown): value is { regex: string; exclusive: boolean }[] {
  return (
    Array.isArray(value) &&
    value.every(
      (each) => isObject(each) && typeof each.regex === 'string' && typeof each.exclusive === 'boolean',
    )
  );
}

function repeated(registrations: readonly RegistrationFile[], name: string): string[] {
  return registrations.flatMap(({ file, content }, index) => {
    const earlier = registrations.slice(0, index).find((other) => other.content[name] === content[name]);
    return earlier === undefined || content[name] === undefined
      ? []
      : [`${file}: ${name} is that of ${earlier.file}, and each needs its own`];
  });
}

/** The conflicts of an operator's registration with that of a component. */
function clashesWith(
  other: OwnRegistration,
  { file, content }: RegistrationFile,
  serverName: string,
): string[] {
  const clash = (what: string) =>
    `${file}: ${what} of the component ${other.component}: remove this file, or the section ${other.component}`;
  return [
    ...(content.id === other.id ? [clash(`its id ${other.id} is that`)] : []),
    ...other.users
      .filter(({ isExclusive, prefix }) => isExclusive && takesUsers(content.namespaces, prefix, serverName))
      .map(({ prefix }) => clash(`it has users ${prefix}… for itself, which are those`)),
  ];
}

/** Whether a registration claims users with this prefix for itself. */
function takesUsers(all: unknown, prefix: string, serverName: string): boolean {
  const users = isObject(all) && isListOfNamespaces(all.users) ? all.users : [];
  return users.some(({ exclusive, regex }) => {
    const literalPart = /^@([a-z0-9_=/-]*)/.exec(regex)?.[1];
    return (
      exclusive && (literalPart?.startsWith(prefix) || matches(regex, userIdOf(`${prefix}a`, serverName)))
    );
  });
}

/** Matches from the beginning, as Synapse does. A text that is no regular expression here matches nothing. */
function matches(regex: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${regex})`).test(text);
  } catch {
    return false;
  }
}

function urlWarnings({ file, content: { url } }: RegistrationFile): Warning[] {
  if (typeof url !== 'string') return [];
  const warn = (text: string) => [{ setting: file, text }];
  if (url === '')
    return warn('has an empty url: the application service is told nothing; write null if that is meant');
  const place = webAddressOf(url);
  if (place === undefined)
    return warn('has a url that is no address of the form http://host:port: nothing is sent there');
  return isLoopback(place.host)
    ? warn(
        `names ${place.host}, which is the container of the homeserver itself: name the application service by another address`,
      )
    : [];
}

/** None for a name without a dot: it is one on a network of containers, which this host cannot resolve. */
function urlReaches({ file, content: { url } }: RegistrationFile): NamedPlace[] {
  const place = webAddressOf(url);
  if (place === undefined || isLoopback(place.host)) return [];
  return /[.:]/.test(place.host) ? [{ setting: file, ...place, purpose: 'this application service' }] : [];
}
