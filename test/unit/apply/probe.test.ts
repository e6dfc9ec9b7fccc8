import { beforeAll, describe, expect, test } from 'vitest';
import { probeOnce } from '../../../src/apply/probe.ts';
import type { OtherProxy } from '../../../src/components/edge.ts';
import type { Probe } from '../../../src/components/questions.ts';
import { builtInCertificate } from '../../../src/components/traefik/certificates.ts';
import type { ExecResult } from '../../../src/docker/engine.ts';
import { httpServer } from '../../fakes/http-server.ts';
import { type Issued, issueFor, serve } from '../../fakes/tls-server.ts';

let good: Issued;
let builtIn: Issued;
beforeAll(async () => {
  [good, builtIn] = await Promise.all([issueFor('example.org'), issueFor(builtInCertificate)]);
});

const probes = {
  certificate: { service: 'traefik', name: 'n', kind: 'certificate', host: 'example.org', timeoutSeconds: 1 },
  https: {
    service: 's',
    name: 'n',
    kind: 'https',
    host: 'example.org',
    path: '/v',
    has: 'versions',
    timeoutSeconds: 1,
  },
  exec: {
    service: 'postgres',
    name: 'n',
    kind: 'exec',
    command: ['ask'],
    ownErrorCode: 22,
    timeoutSeconds: 1,
  },
} satisfies Record<string, Probe>;

interface Surroundings {
  readonly isStaging?: boolean;
  readonly httpsPort?: number;
  readonly behind?: OtherProxy;
  readonly result?: Partial<ExecResult>;
  readonly container?: string | undefined;
}

/** What a probe finds on this machine. */
async function find(
  probe: Probe,
  { httpsPort = 1, isStaging = false, behind, result = {}, ...rest }: Surroundings,
) {
  return probeOnce(probe, {
    stack: {
      edge: { address: '0.0.0.0', httpsPort, isStaging, builtInCertificate, ...(behind && { behind }) },
    },
    engine: { exec: async () => ({ exitCode: 0, stdout: '', stderr: '', ...result }) },
    container: () => ('container' in rest ? rest.container : 'id'),
    roots: good.authority,
    directory: '/nowhere',
  });
}

describe('a probe of the certificate', () => {
  test('must pass for one that is trusted and bears the name', async () => {
    expect(await find(probes.certificate, { httpsPort: await serve(good) })).toEqual({ ok: true });
  });

  test("must call the proxy's own certificate by its name", async () => {
    expect(await find(probes.certificate, { httpsPort: await serve(builtIn) })).toEqual({
      ok: false,
      saw: "the proxy's default certificate, so it has none for this name",
    });
  });

  test('must say for what name another one is, and by whom', async () => {
    const other = { ...probes.certificate, host: 'other.org' };
    expect(await find(other, { httpsPort: await serve(good) })).toEqual({
      ok: false,
      saw: 'ERR_TLS_CERT_ALTNAME_INVALID (example.org, issued by Test authority)',
    });
  });
});

describe('a staging run', () => {
  const isStaging = true;

  test('must do with a certificate that nobody trusts', async () => {
    const httpsPort = await serve(await issueFor('example.org'));
    expect(await find(probes.certificate, { httpsPort, isStaging })).toEqual({ ok: true });
    expect(await find(probes.https, { httpsPort, isStaging })).toEqual({ ok: true });
  });

  test("must not do with the proxy's own", async () => {
    const httpsPort = await serve(builtIn);
    expect(await find(probes.certificate, { httpsPort, isStaging })).toMatchObject({ ok: false });
  });
});

describe('a probe by request', () => {
  test.each<[string, number, string, object]>([
    ['what it wants', 200, '{"versions":[]}', { ok: true }],
    [
      'a service that the proxy does not reach',
      502,
      'no',
      { ok: false, saw: 'status 502 for https://example.org/v', isOwnError: false },
    ],
    [
      'an error of the service itself',
      500,
      'no',
      { ok: false, saw: 'status 500 for https://example.org/v', isOwnError: true },
    ],
    ['another answer', 200, '{}', { ok: false, saw: 'no versions in the answer to https://example.org/v' }],
    ['no JSON', 200, '<html>', { ok: false, saw: expect.stringContaining('JSON') }],
    ['JSON that is no object', 200, '3', { ok: false, saw: expect.any(String) }],
  ])('must tell of %s', async (_title, status, body, finding) => {
    expect(await find(probes.https, { httpsPort: await serve(good, status, body) })).toEqual(finding);
  });

  test('must be asked of our own proxy without TLS where another one stands before it', async () => {
    const hosts: (string | undefined)[] = [];
    const port = await httpServer(({ headers }, response) => {
      hosts.push(headers.host);
      response.end('{"versions":[]}');
    });
    expect(await find(probes.https, { behind: { kind: 'host-proxy', address: '127.0.0.1', port } })).toEqual({
      ok: true,
    });
    expect(hosts).toEqual(['example.org']);
  });

  test('must refuse a certificate that is not trusted', async () => {
    const finding = await find(probes.https, { httpsPort: await serve(builtIn) });
    expect(finding.ok).toBe(false);
  });
});

test.each(['certificate', 'https'] as const)('nobody on the port must be a finding: %s', async (kind) => {
  const finding = await find(probes[kind], { httpsPort: 1 });
  expect(finding).toMatchObject({ ok: false, saw: expect.stringContaining('ECONNREFUSED') });
});

test.each<[string, Surroundings, object]>([
  ['success', {}, { ok: true }],
  ['failure', { result: { exitCode: 2, stderr: 'no\n' } }, { ok: false, saw: 'no', isOwnError: false }],
  [
    'failure told on stdout',
    { result: { exitCode: 2, stdout: 'no\n' } },
    { ok: false, saw: 'no', isOwnError: false },
  ],
  [
    'an error of the service itself',
    { result: { exitCode: 22, stderr: '500\n' } },
    { ok: false, saw: '500', isOwnError: true },
  ],
  ['no container', { container: undefined }, { ok: false, saw: 'it has no container' }],
])('a probe by command must tell of %s', async (_title, surroundings, finding) => {
  expect(await find(probes.exec, surroundings)).toEqual(finding);
});
