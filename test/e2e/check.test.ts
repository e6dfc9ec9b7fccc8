import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckCode } from '../../src/federation/knowledge.ts';
import type { Checked } from '../../src/procedures/check/check.ts';
import { attachLab } from '../lab/attach.ts';
import { Authority, selfSigned } from '../lab/certificates.ts';
import { checkout } from '../lab/machine.ts';
import { serviceTree } from '../lab/service-tree.ts';
import { Deployment } from './support/deployment.ts';
import { initPublicly } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';
import { runTestmatrix } from './support/testmatrix.ts';
import {
  aliasPath,
  eventPath,
  keyDocument,
  open,
  openWrongServers,
  ports,
  versionsPath,
  type WrongServer,
} from './support/wrong-servers.ts';

const lab = await attachLab();
const authority = await Authority.create('Root of the wrong servers');
const stranger = await Authority.create('Root that nobody knows');
const day = 24 * 3600 * 1000;
const days = (count: number) => new Date(Date.now() + count * day);
/** A server that leads others on by its well-known document, or answers this in its place. */
const delegating = (body: string): WrongServer => ({ answers: { '/.well-known/matrix/server': { body } } });
const leadsTo = (server: string) => delegating(JSON.stringify({ 'm.server': server }));
const redirecting = (location: string): WrongServer => ({
  answers: { '/.well-known/matrix/server': { status: 302, headers: { location } } },
});
const keys = (body: string): WrongServer => ({ answers: { '/_matrix/key/v2/server': { body } } });
const client = (body: string, headers: Record<string, string> = open): WrongServer => ({
  answers: { '/.well-known/matrix/client': { body, headers } },
});

const livekit = (url: string) => ({ type: 'livekit', livekit_service_url: url });
/** A server whose document for clients names these places for calls. */
const calling = (name: string, foci: object | string, more: WrongServer['answers'] = {}): WrongServer => ({
  answers: {
    '/.well-known/matrix/client': {
      headers: open,
      body: JSON.stringify({
        'm.homeserver': { base_url: `https://${name}` },
        'org.matrix.msc4143.rtc_foci': foci,
      }),
    },
    ...more,
  },
});
/** As the authorization service of LiveKit answers GET. */
const service = { '/calls/healthz': {}, '/calls/get_token': { status: 405, headers: open } };

/** By name, a server and the codes of what must be found wrong: all of them, and nothing else. */
const wrong: Record<string, [WrongServer, ...CheckCode[]]> = {
  'nothing.test': [{ records: () => [['nothing.test', 'A']] }, 'dns-no-address'],
  'inward.test': [{ records: () => [['inward.test', 'A', '127.0.0.1']] }, 'loopback-address'],
  'dead6.test': [
    { records: () => [['dead6.test', 'AAAA', 'fd88::fa']] },
    'connect-failed',
    'connect-failed',
    'client-unreachable',
  ],
  'wkjson.test': [delegating('m.server: x'), 'well-known-json'],
  'wknothing.test': [delegating('{}'), 'well-known-no-server'],
  'wkurl.test': [leadsTo('https://wkurl.test'), 'well-known-bad-server'],
  'wkerror.test': [
    { answers: { '/.well-known/matrix/server': { status: 500 }, '/_matrix/key/v2/server': undefined } },
    'well-known-status',
    'keys-status',
  ],
  'wkendless.test': [{ answers: { '/.well-known/matrix/server': { way: 'endless' } } }, 'well-known-size'],
  'wkloop.test': [redirecting('/.well-known/matrix/server'), 'well-known-redirect-loop'],
  'wkplain.test': [redirecting('http://wkplain.test/'), 'well-known-redirect-insecure'],
  'wkastray.test': [redirecting('https://nowhere.test/'), 'well-known-redirect-broken'],
  'wkinward.test': [redirecting('https://127.0.0.1/'), 'leads-inside'],
  'toinward.test': [leadsTo('127.0.0.1'), 'leads-inside'],
  'tonowhere.test': [leadsTo('nowhere.test:443'), 'dns-no-address'],
  'toclosed.test': [leadsTo(`toclosed.test:${ports.closed}`), 'connect-refused'],
  'tosilent.test': [leadsTo(`tosilent.test:${ports.silent}`), 'tls-failed'],
  'todropped.test': [leadsTo('dropped.test'), 'connect-timeout'],
  'toclosing.test': [leadsTo(`toclosing.test:${ports.closing}`), 'tls-failed'],
  'toplain.test': [leadsTo(`toplain.test:${ports.plain}`), 'tls-none'],
  'toold.test': [leadsTo(`toold.test:${ports.old}`), 'tls-old'],
  'expired.test': [
    {
      certificate: await authority.issue(['expired.test'], { notBefore: days(-90), notAfter: days(-1) }),
    },
    'tls-expired',
    'well-known-tls',
    'client-tls',
  ],
  'early.test': [
    { certificate: await authority.issue(['early.test'], { notBefore: days(1) }) },
    'tls-not-yet-valid',
    'well-known-tls',
    'client-tls',
  ],
  'named.test': [
    { certificate: await authority.issue(['other.test']) },
    'tls-wrong-name',
    'well-known-tls',
    'client-tls',
  ],
  'self.test': [
    { certificate: await selfSigned('self.test') },
    'tls-self-signed',
    'well-known-tls',
    'client-tls',
  ],
  'leaf.test': [
    { certificate: await stranger.issue(['leaf.test']) },
    'tls-chain',
    'well-known-tls',
    'client-tls',
  ],
  'unknown.test': [
    { certificate: await withRoot(stranger, 'unknown.test') },
    'tls-untrusted',
    'well-known-tls',
    'client-tls',
  ],
  // A certificate for the target only, where the specification wants the one of the server name.
  'srvname.test': [
    {
      certificate: await authority.issue(['target.srvname.test']),
      hosts: ['target.srvname.test'],
      records: () => [['_matrix-fed._tcp.srvname.test', 'SRV', '10 5 443 target.srvname.test.']],
    },
    'tls-wrong-name',
    'well-known-tls',
    'client-tls',
  ],
  'srvalias.test': [
    {
      records: () => [
        ['alias.srvalias.test', 'CNAME', 'srvalias.test.'],
        ['_matrix-fed._tcp.srvalias.test', 'SRV', '10 5 8448 alias.srvalias.test.'],
      ],
    },
    'srv-cname',
  ],
  'srvclosed.test': [
    { records: () => [['_matrix._tcp.srvclosed.test', 'SRV', '0 0 0 .']] },
    'srv-no-service',
  ],
  'srvgone.test': [
    { records: () => [['_matrix-fed._tcp.srvgone.test', 'SRV', '10 5 8448 gone.srvgone.test.']] },
    'dns-no-address',
  ],
  'page.test': [keys('<html>It works!</html>'), 'keys-json'],
  'nokeys.test': [{ answers: { '/_matrix/key/v2/server': undefined } }, 'keys-status'],
  'cut.test': [{ answers: { '/_matrix/key/v2/server': { way: 'cut' } } }, 'keys-unreachable'],
  'stall.test': [{ answers: { '/_matrix/key/v2/server': { way: 'stall', body: '{' } } }, 'keys-unreachable'],
  'upgrade.test': [{ answers: { '/_matrix/key/v2/server': { way: 'upgrade' } } }, 'keys-unreachable'],
  'other.test': [keys(keyDocument('another.test')), 'keys-wrong-server'],
  'stale.test': [keys(keyDocument('stale.test', { valid_until_ts: Date.now() - day })), 'keys-expired'],
  'keyless.test': [keys(keyDocument('keyless.test', { verify_keys: {} })), 'keys-none'],
  'short.test': [
    keys(keyDocument('short.test', { verify_keys: { 'ed25519:lab': { key: 'AAAA' } } })),
    'keys-bad-key',
  ],
  'forged.test': [
    keys(
      keyDocument('forged.test').replace(/"valid_until_ts":\d+/, `"valid_until_ts":${Date.now() + 2 * day}`),
    ),
    'keys-signature',
  ],
  'late.test': [
    {
      answers: {
        '/_matrix/key/v2/server': {
          body: keyDocument('late.test'),
          headers: { date: days(-1).toUTCString() },
        },
      },
    },
    'clock',
  ],
  'noversion.test': [{ answers: { '/_matrix/federation/v1/version': undefined } }, 'federation-version'],
  'decoded.test': [
    {
      answers: {
        [eventPath]: { status: 404, body: '{"errcode":"M_UNRECOGNIZED"}' },
        [aliasPath('decoded.test')]: { status: 404, body: 'no such page' },
      },
    },
    'encoded-path',
    'encoded-path',
  ],
  'admin.test': [
    { answers: { '/_synapse/admin/v1/server_version': { body: '{"server_version":"1.163.2"}' } } },
    'admin-reachable',
    'admin-reachable',
  ],
  'noclient.test': [
    { answers: { '/.well-known/matrix/client': undefined, '/_matrix/client/versions': undefined } },
    'client-none',
  ],
  'clientjson.test': [client('no JSON'), 'client-json'],
  'clienturl.test': [client('{"m.homeserver":{"base_url":"http://clienturl.test"}}'), 'client-base-url'],
  'clientcors.test': [client('{"m.homeserver":{"base_url":"https://clientcors.test"}}', {}), 'client-cors'],
  'clientgone.test': [client('{"m.homeserver":{"base_url":"https://nowhere.test"}}'), 'dns-no-address'],
  'versions.test': [
    { answers: { '/_matrix/client/versions': { body: '[]', headers: open } } },
    'client-versions',
  ],
  'apicors.test': [
    { answers: { '/_matrix/client/versions': { body: '{"versions":[]}' } } },
    'client-api-cors',
  ],
  // A browser may not follow the redirect, although it may read the document.
  'clienthop.test': [
    {
      answers: {
        '/.well-known/matrix/client': { status: 302, headers: { location: '/hop' } },
        '/hop': { body: '{"m.homeserver":{"base_url":"https://clienthop.test"}}', headers: open },
      },
    },
    'client-cors',
  ],
  'rtclist.test': [calling('rtclist.test', ['https://rtclist.test']), 'rtc-foci'],
  'rtcplain.test': [calling('rtcplain.test', [livekit('http://rtcplain.test')]), 'rtc-foci'],
  'rtcgone.test': [calling('rtcgone.test', [livekit('https://nowhere.test')]), 'dns-no-address'],
  'rtcother.test': [calling('rtcother.test', [livekit('https://rtcother.test/none')]), 'rtc-token'],
  'rtccors.test': [
    calling('rtccors.test', [livekit('https://rtccors.test')], { '/get_token': { status: 405 } }),
    'rtc-cors',
  ],
  // That a proxy decodes paths, only a real homeserver behind it shows; this one has the keys of another server.
  'proxied.test': [{ decodeFor: 'alpha.test' }, 'keys-wrong-server', 'encoded-path'],
  'escape.test': [leadsTo('\u001b[2J.test'), 'well-known-bad-server'],
};

/** By name, a server that is right in another way than the usual one, and the codes of what it is warned of. */
const right: Record<string, [WrongServer, ...CheckCode[]]> = {
  'six.test': [{ records: ({ address6 }) => [['six.test', 'AAAA', address6]] }],
  'srvright.test': [
    {
      hosts: ['target.srvright.test'],
      records: () => [['_matrix-fed._tcp.srvright.test', 'SRV', '10 5 443 target.srvright.test.']],
    },
  ],
  'srvold.test': [
    { records: () => [['_matrix._tcp.srvold.test', 'SRV', '10 5 443 srvold.test.']] },
    'srv-legacy',
  ],
  'rtcright.test': [calling('rtcright.test', [livekit('https://rtcright.test/calls')], service)],
  'rtcevents.test': [
    calling('rtcevents.test', [livekit('https://rtcevents.test/calls')], {
      ...service,
      [versionsPath]: { body: '{"versions":[],"unstable_features":{}}', headers: open },
    }),
    'rtc-delayed-events',
  ],
  'redirected.test': [
    {
      hosts: ['hop.redirected.test'],
      answers: {
        '/.well-known/matrix/server': {
          status: 301,
          headers: { location: 'https://hop.redirected.test/hop' },
        },
        '/hop': { body: '{"m.server":"redirected.test:443"}' },
      },
    },
  ],
};

async function withRoot(root: Authority, name: string) {
  const { certificate, key } = await root.issue([name]);
  return { certificate: `${certificate}\n${root.certificate.toString('pem')}`, key };
}

const alpha = lab.host('alpha', { images: stackImages, names: ['alpha.test', 'matrix.alpha.test'] });
const deployment = alpha.then(async (host) => {
  const server = new Deployment(host, { serverName: 'alpha.test' });
  await server.exits(0, ...initPublicly(server));
  return server;
});
/** A machine with neither Docker nor a deployment. */
const asker = await lab.machine('asker', { tree: await serviceTree() });
const program = ['node', `${checkout.onMachines}/bin/matrix-deploy.cjs`];

/** Runs the check of many servers as a user who may do nothing, several at a time; gives the exit code and what was printed. */
async function checkAll(
  names: readonly string[],
): Promise<Map<string, { exitCode: number; stdout: string }>> {
  const script = `
    cd /tmp && mkdir -p checked && chmod 777 checked
    printf '%s\\n' "$@" | xargs --max-procs 4 --replace=NAME setpriv --reuid 65534 --regid 65534 --clear-groups \\
      sh -c '${program.join(' ')} check NAME --json --quiet >checked/NAME 2>checked/NAME.error; echo $? >checked/NAME.code'
    for name in "$@"; do cat "checked/$name.code"; cat "checked/$name" "checked/$name.error" | tr -d '\\n'; echo; done`;
  const lines = (await asker.run(['sh', '-c', script, 'check', ...names], { timeoutSeconds: 300 })).split(
    '\n',
  );
  return new Map(
    names.map((name, index) => [
      name,
      { exitCode: Number(lines[2 * index]), stdout: lines[2 * index + 1] ?? '' },
    ]),
  );
}

let checked: Awaited<ReturnType<typeof checkAll>>;
let real: Deployment;

beforeAll(async () => {
  const servers = Object.entries({ ...wrong, ...right }).map(([name, [server]]): [string, WrongServer] => [
    name,
    server,
  ]);
  await openWrongServers(lab, authority, Object.fromEntries(servers));
  const root = `\n${authority.certificate.toString('pem')}\n`;
  await asker.run(['sh', '-c', 'cat >>/etc/ssl/certs/ca-certificates.crt'], { input: root });
  // What is sent to that address is lost on the way, without a word.
  await lab.dns.set('dropped.test', 'A', '10.88.0.250');
  const nobody = ['10.88.0.250', 'lladdr', '02:00:00:00:00:01', 'dev', 'eth0', 'nud', 'permanent'];
  await asker.run(['ip', 'neigh', 'add', ...nobody]);
  real = await deployment;
  checked = await checkAll([...Object.keys(wrong), ...Object.keys(right), 'alpha.test']);
}, 300_000);

/** What was found wrong, by its code. */
function failures({ findings }: Checked): string[] {
  return findings.filter(({ verdict }) => verdict === 'failed').map(({ code }) => code);
}

describe('a server that is right', () => {
  it('must be found right from elsewhere, by a user who may do nothing on a machine without Docker', async () => {
    const { exitCode, stdout } = checked.get('alpha.test') ?? {};
    const report: Checked = JSON.parse(stdout ?? '');
    expect(failures(report)).toEqual([]);
    // The lab is a private network.
    expect(new Set(report.findings.map(({ code }) => code))).toEqual(new Set(['private-address']));
    expect(report).toMatchObject({
      serverName: 'alpha.test',
      software: expect.stringContaining('Synapse'),
      keys: [expect.stringMatching(/^ed25519:/)],
      baseUrl: 'https://matrix.alpha.test',
      route: { isDelegated: true, step: 'port', targets: [{ host: 'alpha.test', port: 443 }] },
    });
    expect(exitCode).toBe(0);
  });

  it.each(Object.entries(right).map(([name, [, ...codes]]) => [name, codes] as const))(
    '%s must be found right in its own way, with the warnings %j',
    (name, codes) => {
      const { exitCode, stdout } = checked.get(name) ?? {};
      const report: Checked = JSON.parse(stdout ?? '');
      expect(failures(report)).toEqual([]);
      const told = new Set(report.findings.map(({ code }) => code));
      expect([...told].sort()).toEqual(['private-address', ...codes].sort());
      expect(exitCode).toBe(0);
    },
  );

  it('must be asked at every address, of IPv4 and of IPv6', () => {
    const { addresses }: Checked = JSON.parse(checked.get('six.test')?.stdout ?? '');
    expect(addresses.map(({ place, ok }) => [place.startsWith('['), ok])).toEqual([
      [false, true],
      [true, true],
    ]);
  });

  it('must be found right in its own directory, with nothing to be told', async () => {
    const { findings } = await real.ask<Checked>('check');
    expect(findings).toEqual([]);
  });
});

describe('a server of which one thing is wrong', () => {
  it.each(Object.entries(wrong).map(([name, [, ...codes]]) => [name, codes] as const))(
    '%s must be found wrong by %j',
    (name, codes) => {
      const { exitCode, stdout } = checked.get(name) ?? {};
      const report: Checked = JSON.parse(stdout ?? '');
      expect(failures(report).sort()).toEqual([...codes].sort());
      expect(exitCode).toBe(8);
    },
  );

  it('must not take much longer than the slowest answer that is waited for', () => {
    const seconds = Object.keys(wrong).map((name) => JSON.parse(checked.get(name)?.stdout ?? '').seconds);
    expect(Math.max(...seconds)).toBeGreaterThan(4.9);
    expect(Math.max(...seconds)).toBeLessThan(1.5 * 5);
  });

  it('must be told in words: what is wrong, why, and how it is fixed', async () => {
    const { exitCode, stdout } = await asker.exec([...program, 'check', 'expired.test']);
    expect(exitCode).toBe(8);
    expect(stdout).toMatch(/WRONG .*tls-expired.*\n +Why: .*\n +Fix: /);
  });

  it('must not reach the terminal with control characters', async () => {
    const { stdout } = await asker.exec([...program, 'check', 'escape.test']);
    expect(stdout).toContain('\\u001b[2J.test');
    expect(stdout).not.toContain('\u001b');
  });
});

describe('testmatrix, a tester that is not ours', () => {
  /** What it calls wrong in a server that is right, and why it is not. */
  const noFault: Readonly<Record<string, string>> = {
    '𐄂 No server well-known exists (404)': 'a server at port 8448, or with SRV records, needs none',
    // It says so of the keys.
    '𐄂 Server version endpoint has no CORS header': 'homeservers ask for keys, and no browser does',
  };
  const notRun = 'it would read the answer until there is no memory left, so it is not run';
  /** What it does not see of the servers above, by the reason. */
  const unseen: Readonly<Record<string, readonly string[]>> = {
    'it knows no SRV records': ['srvalias.test', 'srvclosed.test', 'srvgone.test'],
    'it asks one address of a name that answers, and no other': ['dead6.test'],
    'it waits forever': ['tosilent.test', 'stall.test'],
    [notRun]: ['wkendless.test'],
    'it follows a redirect to http, and says nothing where that leads nowhere': ['wkplain.test'],
    'it verifies no key': ['stale.test', 'keyless.test', 'short.test', 'forged.test'],
    'it reads no clock': ['late.test'],
    'it asks for no encoded path': ['decoded.test'],
    'it does not ask for the administration': ['admin.test'],
    'it takes any JSON for a list of versions': ['versions.test'],
  };
  let said: Readonly<Record<string, readonly string[]>>;

  beforeAll(async () => {
    const roots = await asker.readFile('/etc/ssl/certs/ca-certificates.crt');
    const names = ['alpha.test', ...Object.keys(wrong), ...Object.keys(right)];
    const run = names.filter((name) => !unseen[notRun]?.includes(name));
    said = await runTestmatrix(real.host, run, roots);
  }, 150_000);

  const isComplaint = (line: string) => line.startsWith('𐄂') && noFault[line] === undefined;
  const complainedOf = (servers: object) =>
    Object.keys(servers).filter((name) => said[name]?.some(isComplaint));
  /** Is anything told of a server, beside that it is in a private network? */
  const isTold = (name: string) => {
    const { findings }: Checked = JSON.parse(checked.get(name)?.stdout ?? '');
    return findings.some(({ code }) => code !== 'private-address');
  };

  it('must agree that what is right is right, but for the one thing that check warns of, too', () => {
    expect(said['alpha.test']).toContain('✔ Federation API endpoints seem to work fine');
    expect(said['alpha.test']).toContain('✔ Client API endpoints seem to work fine');
    expect(complainedOf({ 'alpha.test': real, ...right })).toEqual(['rtcevents.test']);
  });

  it('must complain of no server of which check tells nothing', () => {
    expect(complainedOf({ ...wrong, ...right }).filter((name) => !isTold(name))).toEqual([]);
  });

  it('must agree about every server of which something is wrong, but for what it does not look at', () => {
    const agreed = complainedOf(wrong);
    const silent = Object.keys(wrong).filter((name) => !agreed.includes(name));
    expect(silent.sort()).toEqual(Object.values(unseen).flat().sort());
  });
});
