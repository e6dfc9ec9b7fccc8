import type { Secret } from '../secrets/secret.ts';

/** The location of a repository, with the credentials to access it. To open the repository takes its key as well. */
export type RepositoryPlace = LocalPlace | RemotePlace;

interface LocalPlace {
  readonly kind: 'local';
  /** Absolute path of the repository's directory on the host; its parent directory exists. */
  readonly path: string;
}

/** A place on another machine. */
export type RemotePlace = RestPlace | S3Place | SftpPlace;

/** A server that speaks restic's own protocol, such as rest-server. */
export interface RestPlace extends TlsPlace {
  readonly kind: 'rest';
  readonly url: string;
  readonly login?: { readonly user: string; readonly password: Secret } | undefined;
}

/** A bucket of Amazon S3, or of a compatible storage. */
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
  /** An existing directory that only the operator can enter, for the files of `passwd-file.ts`. */
  readonly scratch: string;
}

interface TlsPlace {
  /**
   * CA certificates that the server's certificate is verified with, in PEM; the publicly trusted ones when absent.
   */
  readonly ca?: string | undefined;
}

/** The address of a place as restic writes it, without secrets: a path, or the kind of the place and a URL. */
export function addressOf(place: Address): string {
  switch (place.kind) {
    case 'local':
      return place.path;
    case 'rest':
      // The final slash marks the path as a directory.
      return `rest:${place.url.replace(/\/*$/, '/')}`;
    case 's3':
      return `s3:${[new URL(place.endpoint).origin, place.bucket, ...(place.prefix ? [place.prefix] : [])].join('/')}`;
    case 'sftp':
      // A slash follows the host. An absolute path begins with a second one.
      return `sftp://${place.user}@${place.host}:${place.port}/${place.path}`;
  }
}

/** The location of a repository, without the credentials to access it. */
export type Address =
  | Pick<LocalPlace, 'kind' | 'path'>
  | (Pick<RestPlace, 'kind' | 'url'> & { readonly user?: string | undefined })
  | Pick<S3Place, 'kind' | 'endpoint' | 'bucket' | 'prefix'>
  | Pick<SftpPlace, 'kind' | 'host' | 'port' | 'user' | 'path'>;

/**
 * Parses the output of `addressOf`. An address with `rest:` may also contain a user.
 *
 * @returns the address; or, as a string, the problem with the text: the rest of a sentence that begins with the text
 */
export function parseAddress(text: string): Address | string {
  if (text.startsWith('sftp:')) return parseSftp(text);
  const [, kind, rest = ''] = /^(rest|s3):(.*)$/s.exec(text) ?? [];
  if (kind === undefined) return { kind: 'local', path: text };
  if (!/^https?:\/\//.test(rest) || !URL.canParse(rest)) return `must continue with https:// after ${kind}:`;
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
