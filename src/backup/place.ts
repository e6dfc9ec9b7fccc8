import type { Secret } from '../secrets/secret.ts';

/** Where a repository is, with what opens the way to it. What opens the repository itself is its key. */
export type RepositoryPlace = LocalPlace | RemotePlace;

interface LocalPlace {
  readonly kind: 'local';
  /** Of the repository's directory on the host, absolute; the directory that it is in exists. */
  readonly path: string;
}

/** On another machine. */
export type RemotePlace = RestPlace | S3Place | SftpPlace;

/** A server that speaks restic's own protocol, such as rest-server. */
export interface RestPlace extends TlsPlace {
  readonly kind: 'rest';
  readonly url: string;
  readonly login?: { readonly user: string; readonly password: Secret } | undefined;
}

/** A bucket, of S3 or of what is compatible with it. */
export interface S3Place extends TlsPlace {
  readonly kind: 's3';
  readonly endpoint: string;
  readonly bucket: string;
  readonly prefix?: string | undefined;
  readonly region?: string | undefined;
  readonly accessKey: Secret;
  readonly secretKey: Secret;
}

/** A directory of a machine with an ssh server. */
export interface SftpPlace {
  readonly kind: 'sftp';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Absolute, or below the user's home. */
  readonly path: string;
  /** The private key. */
  readonly identity: Secret;
  /** The keys of the machine, as lines of `known_hosts`. */
  readonly knownHosts: string;
  /** An existing directory of the operator's alone, where users of containers may be given a name: ssh refuses one without. */
  readonly scratch: string;
}

interface TlsPlace {
  /** In PEM: the CA certificates by which the server is recognized, where they are not those that everybody trusts. */
  readonly ca?: string | undefined;
}

/** A place as restic and people name it, without anything secret: a path, or an address with its kind before it. */
export function addressOf(place: Address): string {
  switch (place.kind) {
    case 'local':
      return place.path;
    case 'rest':
      // Without the last slash, its path would be a file's.
      return `rest:${place.url.replace(/\/*$/, '/')}`;
    case 's3':
      return `s3:${[new URL(place.endpoint).origin, place.bucket, ...(place.prefix ? [place.prefix] : [])].join('/')}`;
    case 'sftp':
      // After the host comes a slash, and then the path with its own.
      return `sftp://${place.user}@${place.host}:${place.port}/${place.path}`;
  }
}

/** A repository that an address names, without what opens the way to it. */
export type Address =
  | Pick<LocalPlace, 'kind' | 'path'>
  | (Pick<RestPlace, 'kind' | 'url'> & { readonly user?: string | undefined })
  | Pick<S3Place, 'kind' | 'endpoint' | 'bucket' | 'prefix'>
  | Pick<SftpPlace, 'kind' | 'host' | 'port' | 'user' | 'path'>;

/**
 * Reads what `addressOf` writes; `rest:` may have a user in it.
 *
 * @returns what is wrong with it in place of an address: the rest of a sentence that begins with it
 */
export function parseAddress(text: string): Address | string {
  if (text.startsWith('sftp:')) return parseSftp(text);
  const [, kind, rest = ''] = /^(rest|s3):(.*)$/s.exec(text) ?? [];
  if (kind === undefined) return { kind: 'local', path: text };
  if (!/^https?:\/\//.test(rest) || !URL.canParse(rest)) return `must go on with https:// after ${kind}:`;
  const url = new URL(rest);
  if (url.password !== '') return 'must not have a password in it: everybody on this host can see it';
  if (kind === 'rest') {
    const user = decodeURIComponent(url.username);
    url.username = '';
    return { kind, url: url.href, ...(user === '' ? {} : { user }) };
  }
  const [bucket = '', ...prefix] = url.pathname.split('/').filter((part) => part !== '');
  if (bucket === '') return 'must name a bucket after the server';
  return {
    kind: 's3',
    endpoint: url.origin,
    bucket,
    ...(prefix.length === 0 ? {} : { prefix: prefix.join('/') }),
  };
}

function parseSftp(text: string): Address | string {
  const found = /^sftp:\/\/([\w.-]+)@([A-Za-z0-9.-]+)(?::(\d{1,5}))?\/([^\s:'"\\]+)$/.exec(text);
  const [, user, host, port = '22', path] = found ?? [];
  return user === undefined || host === undefined || path === undefined
    ? 'must be sftp://user@server:port/path, with // before an absolute path'
    : { kind: 'sftp', user, host, port: Number(port), path };
}
