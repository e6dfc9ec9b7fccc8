import { Agent, request } from 'node:https';
import { rootCertificates } from 'node:tls';
import { CancelledError } from '../errors.ts';
import { deadline, type RunBounds, reasonOf } from '../host/bounds.ts';
import { readForeign } from '../host/files.ts';
import { lookUp } from '../host/look-up.ts';
import { request as requestPlain } from '../host/node-http.ts';
import { type Received, receive } from '../host/receive.ts';
import { bearerChallenge, nextPage, retryAfter, type TokenChallenge } from './registry-answers.ts';

/** What a registry says of the images of a repository, without pulling any. */
export interface ImageRepository {
  /** All tags, in the registry's order. */
  tags(): Promise<string[]>;
  /** The digest of what a tag leads to, for all platforms: `sha256:…`; `undefined` where there is no such tag. */
  digest(tag: string): Promise<string | undefined>;
}

/** A registry did not answer, or not as expected. */
export class RegistryError extends Error {
  /** Seconds until it may be asked again. Absent unless it has refused for its rate limit and says when. */
  readonly retryAfter: number | undefined;

  constructor(message: string, details: { retryAfter?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.retryAfter = details.retryAfter;
  }
}

export interface RegistryOptions extends RunBounds {
  readonly now: () => Date;
  /**
   * PEM of CA certificates to trust beside the public ones. When absent, those that the engine trusts for the
   * registry.
   */
  readonly certificates?: string | undefined;
}

/** The limits of one answer, in seconds and in bytes. */
const answerSeconds = 20;
const answerBytes = 4 * 2 ** 20;
/** How many pages of tags are read: a hundred thousand tags, at a thousand a page. */
const mostPages = 100;

/** What a tag may lead to: an image for several platforms, or for one (OCI image specification, and Docker's before it). */
const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/**
 * A registry as anybody may use it, without a password (OCI distribution specification). Digests are requested by
 * HEAD, which does not count as a pull. After it has refused for its rate limit, it gets no more requests.
 */
export class Registry {
  readonly #host: string;
  readonly #options: RegistryOptions;
  readonly #agent = new Agent({ keepAlive: true });
  #certificates: Promise<string[] | undefined> | undefined;
  #isPlain = false;
  #refusal: RegistryError | undefined;

  /** @param host with its port where it has one */
  constructor(host: string, options: RegistryOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** @param name such as `library/postgres` */
  repository(name: string): ImageRepository {
    // All requests about one repository need the same token.
    let token: Promise<string> | undefined;
    const ask = async (method: 'GET' | 'HEAD', path: string): Promise<Received> => {
      const known = token;
      const first = await this.#ask(method, path, await known);
      if (first.status !== 401) return first;
      const challenge = bearerChallenge(first.headers['www-authenticate']);
      if (challenge === undefined) throw this.#failed('it wants a password, and none is used here');
      // Another request may have got a new token meanwhile.
      if (token === known) token = this.#token(challenge, name);
      return this.#ask(method, path, await token);
    };
    return {
      tags: () => this.#tags(name, (path) => ask('GET', path)),
      digest: async (tag) => {
        const { status, headers } = await ask('HEAD', `/v2/${name}/manifests/${tag}`);
        if (status === 404) return undefined;
        const digest = headers['docker-content-digest'];
        if (status !== 200) throw this.#failed(`status ${status} for ${name}:${tag}`);
        if (digest === undefined || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
          throw this.#failed(`no digest for ${name}:${tag}`);
        }
        return digest;
      },
    };
  }

  /** Closes its connections. */
  close(): void {
    this.#agent.destroy();
  }

  async #tags(name: string, get: (path: string) => Promise<Received>): Promise<string[]> {
    const tags: string[] = [];
    let page: URL | undefined = new URL(`/v2/${name}/tags/list?n=1000`, `https://${this.#host}`);
    for (let pages = 0; page !== undefined; pages += 1) {
      if (pages === mostPages) throw this.#failed(`more than ${mostPages} pages of tags of ${name}`);
      const { status, headers, body } = await get(`${page.pathname}${page.search}`);
      if (status === 404) throw this.#failed(`it has no image ${name}`);
      if (status !== 200) throw this.#failed(`status ${status} for the tags of ${name}`);
      tags.push(...(tagsIn(body) ?? this.#notTags(name)));
      page = nextPage(headers.link, page);
    }
    return tags;
  }

  #notTags(name: string): never {
    throw this.#failed(`the answer is no list of the tags of ${name}`);
  }

  async #token({ realm, service, scope }: TokenChallenge, name: string): Promise<string> {
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    if (url === undefined || (url.protocol !== 'https:' && !this.#isPlain)) {
      throw this.#failed('it says no https address at which to get a token');
    }
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', scope ?? `repository:${name}:pull`);
    const { status, body } = await this.#send('GET', url, {});
    const token = status === 200 ? tokenIn(body) : undefined;
    if (token === undefined) throw this.#failed(`no token from ${url.host}, status ${status}`);
    return token;
  }

  async #ask(method: 'GET' | 'HEAD', path: string, token: string | undefined): Promise<Received> {
    const headers = {
      ...(method === 'HEAD' ? { accept: manifestTypes } : {}),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const url = () => new URL(path, `${this.#isPlain ? 'http' : 'https'}://${this.#host}`);
    try {
      return await this.#send(method, url(), headers);
    } catch (error) {
      // As the engine does: a registry on this machine needs no TLS.
      if (this.#isPlain || !isLoopback(this.#host) || !isNoTls(error)) throw error;
      this.#isPlain = true;
      return this.#send(method, url(), headers);
    }
  }

  async #send(method: 'GET' | 'HEAD', url: URL, headers: Record<string, string>): Promise<Received> {
    if (this.#refusal !== undefined) throw this.#refusal;
    const options = { method, headers: { 'user-agent': 'matrix-deploy', ...headers }, lookup: lookUp };
    const outgoing =
      url.protocol === 'http:'
        ? requestPlain(url, { ...options, agent: false })
        : request(url, { ...options, agent: this.#agent, ca: await this.#trusted() });
    const signal = deadline(answerSeconds, this.#options);
    const answer = await receive(outgoing, { bytes: answerBytes, signal }).catch((error) => {
      throw error instanceof CancelledError ? error : this.#failed(reasonOf(error), error);
    });
    if (answer.status === 429) {
      const seconds = retryAfter(answer.headers['retry-after'], this.#options.now());
      this.#refusal ??= new RegistryError(
        `${this.#host} refuses for its rate limit${seconds === undefined ? '' : `, for ${seconds} s more`}`,
        { retryAfter: seconds },
      );
      throw this.#refusal;
    }
    return answer;
  }

  /**
   * The public CA certificates, and those that are given or that the engine has for this registry
   * (https://docs.docker.com/engine/security/certificates/); `undefined` for the public ones alone.
   */
  async #trusted(): Promise<string[] | undefined> {
    const { certificates } = this.#options;
    this.#certificates ??= (
      certificates === undefined
        ? readForeign(`/etc/docker/certs.d/${this.#host}/ca.crt`).catch(() => undefined)
        : Promise.resolve(certificates)
    ).then((pem) => (pem === undefined ? undefined : [...rootCertificates, pem]));
    return this.#certificates;
  }

  #failed(reason: string, cause?: unknown): RegistryError {
    return new RegistryError(`${this.#host} does not tell: ${reason}`, { cause });
  }
}

function tagsIn(body: string): string[] | undefined {
  const { tags } = (parse(body) ?? {}) as { tags?: unknown };
  // A repository without a tag has `null`.
  if (tags === null) return [];
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : undefined;
}

function tokenIn(body: string): string | undefined {
  const answer = parse(body) as { token?: unknown; access_token?: unknown } | undefined;
  const token = answer?.token ?? answer?.access_token;
  return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/.test(host);
}

function isNoTls(error: unknown): boolean {
  const { cause } = error as { cause?: unknown };
  return cause instanceof Error && 'code' in cause && /^(?:EPROTO|ERR_SSL_|ECONNRE)/.test(String(cause.code));
}
