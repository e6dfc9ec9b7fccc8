import { describe, expect, test } from 'vitest';
import { certifiedNames } from '../../../src/components/traefik/acme-store.ts';
import { climb, identitiesOf, judgeCaa } from '../../../src/host/dns/judge-caa.ts';
import { describeDockerOffer } from '../../../src/host/install/offer.ts';
import { clockSkew, judgeAuthority, judgeClock } from '../../../src/preflight/authority.ts';
import { judgeArchitecture, judgeDisk, judgeMemory } from '../../../src/preflight/capacity.ts';
import { judgeDeployment, judgeFirewall, judgeWritable } from '../../../src/preflight/directory.ts';
import { judgeCompose, judgeEngine, judgeIpv6Network } from '../../../src/preflight/docker.ts';
import { distributionOf, installation } from '../../../src/preflight/installation.ts';
import { judgePorts, secondsToWait } from '../../../src/preflight/ports.ts';
import { diskSpace } from '../../fakes/surroundings.ts';

const debian13 = { id: 'debian', version: 13 };
const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

describe('an engine', () => {
  test.each([
    [{ product: 'Docker', version: '20.10.24' }, 'passed', ''],
    [{ product: 'Docker', version: '28.5.2' }, 'passed', ''],
    [
      { product: 'Podman', version: '4.3.1' },
      'failed',
      'Podman 4.3.1 answers in place of Docker, and is not supported',
    ],
    [{ product: 'Docker', version: '19.03.15' }, 'failed', 'Docker Engine 19.03.15 is too old'],
    [{ code: 'EACCES', message: 'connect EACCES' }, 'failed', 'may not use'],
    [{ code: 'ECONNREFUSED', message: 'refused' }, 'failed', 'does not run'],
    [{ code: 'docker.remote', message: 'it is on another machine' }, 'failed', 'on another machine'],
    [{ code: 'docker.context', message: 'there is no docker context x' }, 'failed', 'no docker context x'],
    [{ code: 'ENOENT', message: 'no such file' }, 'failed', 'there is no Docker engine'],
    [{ code: 'undefined', message: 'socket hang up' }, 'failed', 'does not answer: socket hang up'],
  ])('that answers %j', (answer, verdict, said) => {
    const judgement = judgeEngine(answer, { installed: false, distribution: debian13 });
    expect(judgement).toMatchObject({ verdict, finding: expect.stringContaining(said) });
  });

  test('that is installed and has no socket must be started, not installed', () => {
    const answer = { code: 'ENOENT', message: '' };
    const remedy = (installed: boolean) => judgeEngine(answer, { installed, distribution: debian13 }).remedy;
    expect(remedy(true)).toContain('systemctl enable --now docker');
    expect(remedy(false)).toContain('apt-get install docker.io docker-cli docker-compose');
  });
});

describe('a network with IPv6', () => {
  const here = ['203.0.113.7', '2001:db8::7'];
  test.each([
    ['26.1.5', here, true, 'failed'],
    ['27.0.1', here, true, 'passed'],
    ['28.5.2', ['203.0.113.7'], true, 'failed'],
    ['28.5.2', ['2001:db8::7'], true, 'passed'],
    ['28.5.2', ['2001:db8::7'], false, 'failed'],
    ['26.1.5', ['2001:db8::7'], false, 'failed'],
  ])('with engine %s on a host at %j, which is set: %s', (version, own, isSet, verdict) => {
    expect(judgeIpv6Network({ product: 'Docker', version }, { isSet, own }).verdict).toBe(verdict);
  });

  test('is not advised to be switched off where there is no other way out', () => {
    const answer = { product: 'Docker', version: '26.1.5' };
    const remedy = (own: string[]) => judgeIpv6Network(answer, { isSet: true, own }).remedy;
    expect(remedy(here)).toContain('set traefik.publish.ipv6_network to false');
    expect(remedy(['2001:db8::7'])).not.toContain('false');
  });
});

describe('Compose', () => {
  test.each([
    [{ product: 'Docker Compose', version: '2.20.0' }, 'passed'],
    [{ product: 'Docker Compose', version: '5.0.1' }, 'passed'],
    [{ product: 'Docker Compose', version: '2.10.2' }, 'failed'],
    [{ product: 'Docker Compose', version: '1.29.2' }, 'failed'],
    [{ code: 'docker.missing', message: '' }, 'failed'],
    [{ code: 'docker.compose', message: '' }, 'failed'],
  ])('that answers %j', (answer, verdict) => {
    expect(judgeCompose(answer, debian13).verdict).toBe(verdict);
  });
});

describe('how Docker is installed', () => {
  const debian = ['docker.io', 'docker-cli', 'docker-compose'];
  const ubuntu = ['docker.io', 'docker-compose-v2'];
  const dockers = ['docker-ce', 'docker-ce-cli', 'containerd.io', 'docker-compose-plugin'];

  test.each([
    ['ID=debian\nVERSION_ID="13"\n', { distribution: debian, 'docker.com': dockers }],
    ['ID=debian\nVERSION_ID="12"\n', { 'docker.com': dockers }],
    ['ID=debian\nVERSION_ID="11"\n', {}],
    ['NAME="Debian GNU/Linux"\nID=debian\n', {}],
    ['ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"\n', { distribution: ubuntu, 'docker.com': dockers }],
    ['ID=ubuntu\nVERSION_ID="25.04"\n', { distribution: ubuntu }],
    ['ID=ubuntu\nVERSION_ID="20.04"\n', {}],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22"\n', {}],
    ['ID="fedora"\nVERSION_ID=42\n', {}],
    ['', {}],
  ])('on %j', (osRelease, packages) => {
    const { offers } = installation(distributionOf(osRelease));
    expect(Object.fromEntries(offers.map((offer) => [offer.from, offer.packages]))).toEqual(packages);
  });

  test('must lead to the page of the distribution where its own packages do not do', () => {
    const page = (id: string, version: number) => installation({ id, version }).instruction;
    expect(page('debian', 11)).toContain('https://docs.docker.com/engine/install/debian/');
    expect(page('debian', 12)).toContain('https://docs.docker.com/engine/install/debian/');
    expect(page('alpine', 3)).toMatch(/install\/$/);
  });

  test("must say why --install-docker does nothing, and which flag installs Docker's own packages", () => {
    const { instruction } = installation({ id: 'debian', version: 12 });
    expect(instruction).toContain('The packages of Debian 12 have no Compose that is new enough');
    expect(instruction).toContain('--install-docker-from docker.com');
    expect(instruction).toContain(dockers.join(' '));
  });

  test("must leave an engine that is there alone, and bring Docker's Compose beside it", () => {
    const { offers } = installation({ id: 'debian', version: 12 }, ['compose']);
    expect(offers).toMatchObject([{ packages: ['docker-compose-plugin'] }]);
  });

  test("must show all that adding Docker's archive does", () => {
    const [offer] = installation({ id: 'debian', version: 12 }).offers;
    const shown = offer?.from === 'docker.com' ? describeDockerOffer(offer).join('\n') : '';
    expect(shown).toContain('/etc/apt/keyrings/docker.asc');
    expect(shown).toContain('/etc/apt/sources.list.d/docker.sources');
    expect(shown).toContain('https://download.docker.com/linux/debian/gpg');
    expect(shown).toContain('9DC8 5822 9FC7 DD38 854A E2D8 8D81 803C 0EBF CD88');
    expect(shown).toContain(dockers.join(' '));
  });
});

describe('what a host has', () => {
  test.each([
    ['x86_64', 'passed'],
    ['aarch64', 'passed'],
    ['i686', 'failed'],
    ['armv7l', 'failed'],
    ['riscv64', 'failed'],
  ])('the processor %s', (architecture, verdict) => {
    expect(judgeArchitecture(architecture).verdict).toBe(verdict);
  });

  test.each([
    [512, 'failed'],
    [800, 'warning'],
    // What is rented as 1 GB.
    [957, 'passed'],
    [1024, 'passed'],
  ])('%i MiB of memory', (size, verdict) => {
    expect(judgeMemory(size * mebibyte).verdict).toBe(verdict);
  });

  const need = (device: number, bytes: number, freeBytes: number) => ({
    what: 'images',
    path: '/',
    bytes,
    space: diskSpace({ device, freeBytes }),
  });

  test.each([
    ['room for both', [need(1, gibibyte, 9 * gibibyte), need(1, gibibyte, 9 * gibibyte)], ['passed']],
    [
      'room for one of two',
      [need(1, gibibyte, 1.5 * gibibyte), need(1, gibibyte, 1.5 * gibibyte)],
      ['failed'],
    ],
    ['little more than it needs', [need(1, gibibyte, 1.5 * gibibyte)], ['warning']],
    ['two disks', [need(1, gibibyte, 9 * gibibyte), need(2, gibibyte, 0)], ['passed', 'failed']],
  ])('a disk with %s', (_, needs, verdicts) => {
    expect(judgeDisk(needs).map(({ verdict }) => verdict)).toEqual(verdicts);
  });
});

describe('a port', () => {
  const directory = '/opt/matrix';
  const wanted = [{ address: '0.0.0.0', published: 443 }];
  const own = { directory, project: 'matrix-example_org' };
  const nginx = { program: 'nginx', processId: 7 };
  const judge = (
    listeners: Parameters<typeof judgePorts>[1]['listeners'],
    publishers: Parameters<typeof judgePorts>[1]['publishers'] = [],
    ports: Parameters<typeof judgePorts>[0] = wanted,
  ) => judgePorts(ports, { listeners, publishers }, own)[0];
  const at = (address: string, port = 443) => [{ address, port, holder: nginx }];
  const container = (of: string, project = '', image = 'nginx:1', isDeployed = false) => [
    { id: '1', image, container: 'proxy', directory: of, project, isDeployed, address: '0.0.0.0', port: 443 },
  ];

  test('that nobody holds is free', () => {
    expect(judge([])?.verdict).toBe('passed');
    expect(judge(at('0.0.0.0', 80))?.verdict).toBe('passed');
  });

  test.each(['0.0.0.0', '::', '127.0.0.1', '203.0.113.7'])('that a program holds at %s', (address) => {
    expect(judge(at(address))).toMatchObject({
      verdict: 'failed',
      finding: 'port 443 is held by nginx (process 7)',
    });
  });

  test('of UDP is another one than that of TCP', () => {
    const udp = [{ published: 443, protocol: 'udp' as const }];
    const held = at('0.0.0.0').map((one) => ({ ...one, protocol: 'udp' as const }));
    expect(judge(at('0.0.0.0'), [], udp)?.verdict).toBe('passed');
    expect(judge(held, [], udp)).toMatchObject({ finding: 'port 443/udp is held by nginx (process 7)' });
  });

  test('of a range must be told by itself where it is held, and the range where none is', () => {
    const range = [{ published: 440, count: 5 }];
    const findings = (listeners: ReturnType<typeof at>) =>
      judgePorts(range, { listeners, publishers: [] }, own).map(({ finding }) => finding);
    expect(findings(at('0.0.0.0'))).toEqual(['port 443 is held by nginx (process 7)']);
    expect(findings(at('0.0.0.0', 445))).toEqual(['ports 440-444 can be published']);
  });

  test('that a program holds at another address is free', () => {
    const local = [{ address: '127.0.0.1', published: 443 }];
    expect(judge(at('203.0.113.7'), [], local)?.verdict).toBe('passed');
  });

  test('that somebody unknown holds must be told with how to see who', () => {
    const judgement = judge([{ address: '::', port: 443, holder: undefined }]);
    expect(judgement).toMatchObject({
      verdict: 'failed',
      finding: 'port 443 is held by another program',
      remedy: expect.stringContaining('ss -tlnp'),
    });
  });

  test('that a container publishes must be told by its name, unless it is ours', () => {
    expect(judge(at('0.0.0.0'), container(directory))?.verdict).toBe('passed');
    expect(judge([], container('/srv/other'))).toMatchObject({
      verdict: 'failed',
      finding: 'port 443 is published by the container proxy of /srv/other',
    });
    expect(judge([], container(''))?.finding).toBe('port 443 is published by the container proxy');
  });

  test('that a Traefik publishes must be told with the way to be served by it', () => {
    expect(judge([], container('', '', 'docker.io/library/traefik:v3.7.15'))).toMatchObject({
      verdict: 'failed',
      remedy: expect.stringContaining('--edge traefik'),
    });
  });

  test('that another server of ours publishes must not be offered as a way in', () => {
    expect(judge([], container('/srv/other server', 'matrix-b', 'traefik:v3.7.15', true))).toMatchObject({
      verdict: 'failed',
      finding: 'port 443 is published by another server of matrix-deploy, in /srv/other server',
      remedy: expect.stringContaining("--dir '/srv/other server'"),
    });
  });

  test('that a container publishes which an earlier attempt in another directory has left is ours', () => {
    expect(judge(at('0.0.0.0'), container('/srv/gone', own.project))?.verdict).toBe('passed');
  });

  const proxy = { program: 'docker-proxy', processId: 7 };
  test.each([
    ['Docker for no container', proxy, [], 10],
    ['somebody unknown for no container', undefined, [], 2],
    ['Docker for a container', proxy, container('/srv/other'), 0],
    ['Docker, which does not answer', proxy, undefined, 0],
    ['nginx', nginx, [], 0],
  ])(
    'that is held by %s must be waited for as long as its holder may change',
    (_, holder, publishers, seconds) => {
      const listeners = [{ address: '::', port: 443, holder }];
      expect(secondsToWait(wanted, { listeners, publishers })).toBe(seconds);
      expect(secondsToWait(wanted, { listeners: [], publishers })).toBe(0);
    },
  );

  test('that Docker still holds for no container must be told with the way to free it', () => {
    expect(judge([{ address: '::', port: 443, holder: proxy }])).toMatchObject({
      verdict: 'failed',
      remedy: expect.stringContaining('restart docker'),
    });
  });

  test('must be unverified where nothing can be seen', () => {
    expect(judge(undefined)?.verdict).toBe('unverified');
  });

  test.each([
    ['docker-proxy', { program: 'docker-proxy', processId: 7 }, 'unverified'],
    ['somebody unknown', undefined, 'unverified'],
    ['nginx', nginx, 'failed'],
  ])('that %s holds must be judged with care where the engine does not answer', (_, holder, verdict) => {
    const occupancy = { listeners: [{ address: '::', port: 443, holder }], publishers: undefined };
    expect(judgePorts(wanted, occupancy, own)[0]?.verdict).toBe(verdict);
  });
});

describe('a deployment directory', () => {
  const facts = { directory: '/opt/matrix', entries: [], named: [], others: [], serverName: 'example.org' };
  test.each([
    ['is empty', {}, 'passed'],
    ['is a new disk', { entries: ['lost+found'] }, 'passed'],
    ['has the roots that were put there before', { entries: ['roots.pem'], named: ['roots.pem'] }, 'passed'],
    ['is a deployment', { entries: ['matrix.yaml', 'notes.txt'] }, 'passed'],
    [
      'has the beginnings of one',
      {
        entries: ['state', 'matrix.yaml.0123456789abcdef.new', 'roots.pem.0123456789abcdef.new'],
        named: ['roots.pem'],
      },
      'passed',
    ],
    ['has something else', { entries: ['cat.png'] }, 'failed'],
    ['is not the one that runs', { others: ['/srv/other'] }, 'failed'],
  ])('that %s', (_, different, verdict) => {
    expect(judgeDeployment({ ...facts, ...different }).verdict).toBe(verdict);
  });

  test.each([
    [undefined, 'passed'],
    ['EROFS', 'failed'],
    ['EACCES', 'failed'],
    ['ENOTDIR', 'failed'],
    ['EIO', 'failed'],
  ])('that answers %s', (obstacle, verdict) => {
    expect(judgeWritable('/opt/matrix', obstacle).verdict).toBe(verdict);
  });
});

test.each([
  [undefined, 'passed'],
  ['ENABLED=no\n', 'passed'],
  ['# ufw\nENABLED=yes\nLOGLEVEL=low\n', 'warning'],
])('a firewall that is configured as %j', (configuration, verdict) => {
  expect(judgeFirewall(configuration, ['80', '443']).verdict).toBe(verdict);
});

describe('CAA records', () => {
  const request = {
    name: 'matrix.example.org',
    authority: ['letsencrypt.org'],
    challenge: 'tls-alpn',
  } as const;
  const records = (...issue: string[]) => ({
    at: 'example.org',
    records: issue.map((value) => ({ critical: 0, issue: value })),
  });

  test.each([
    [records(), 'passed'],
    [{ at: 'example.org', records: [{ critical: 0, iodef: 'mailto:me@example.org' }] }, 'passed'],
    [records('letsencrypt.org'), 'passed'],
    [records('ca.example', 'letsencrypt.org'), 'passed'],
    [records('letsencrypt.org; validationmethods=http-01,tls-alpn-01'), 'passed'],
    [records('LetsEncrypt.org;accounturi=https://example.org/1'), 'passed'],
    [records('letsencrypt.org;validationmethods=dns-01'), 'failed'],
    [records('ca.example'), 'failed'],
    [records(';'), 'failed'],
    [{ failure: 'ESERVFAIL' }, 'unverified'],
  ])('%j', (facts, verdict) => {
    expect(judgeCaa(request, facts).verdict).toBe(verdict);
  });

  test('cannot be judged for an unknown CA', () => {
    expect(judgeCaa({ ...request, authority: [] }, records('ca.example')).verdict).toBe('unverified');
    expect(judgeCaa({ ...request, authority: [] }, records()).verdict).toBe('passed');
  });

  test('must be looked for at the name, then above it', () => {
    expect(climb('a.b.example')).toEqual(['a.b.example', 'b.example', 'example']);
  });

  test.each([
    ['https://acme-v02.api.letsencrypt.org/directory', [], ['letsencrypt.org']],
    ['https://acme-staging-v02.api.letsencrypt.org/directory', [], ['letsencrypt.org']],
    ['https://ca.example/directory', ['ca.example'], ['ca.example']],
    ['https://ca.example/directory', [], []],
    ['https://notletsencrypt.org/directory', [], []],
  ])('of %s, which calls itself %j, must name %j', (directory, announced, expected) => {
    expect(identitiesOf(directory, announced)).toEqual(expected);
  });
});

describe('a CA', () => {
  const url = 'https://ca.example/directory';
  const answer = { status: 200, body: '{"newOrder":"x"}', date: undefined, distrust: undefined };

  test.each([
    ['answers', answer, 'passed'],
    ['does not', { failure: 'ETIMEDOUT' }, 'failed'],
    ['has a name that cannot be resolved now', { failure: 'EAI_AGAIN' }, 'unverified'],
    ['is not trusted', { ...answer, distrust: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'failed'],
    ['is somebody else', { ...answer, body: '<html>' }, 'failed'],
    ['is busy', { ...answer, status: 503, body: '"try later"' }, 'failed'],
  ])('that %s', (_, given, verdict) => {
    expect(judgeAuthority({ url, answer: given }, undefined).verdict).toBe(verdict);
  });

  test('must not be distrusted by a clock that is wrong', () => {
    const distrusted = { ...answer, distrust: 'CERT_NOT_YET_VALID' };
    expect(judgeAuthority({ url, answer: distrusted }, -86_400_000).verdict).toBe('unverified');
  });
});

describe('a clock', () => {
  test.each([
    [0, 'passed'],
    [-2000, 'passed'],
    [90_000, 'warning'],
    [600_000, 'failed'],
    [-600_000, 'failed'],
    [undefined, 'unverified'],
  ])('that is off by %s ms', (skew, verdict) => {
    expect(judgeClock(skew).verdict).toBe(verdict);
  });

  test('must be compared with what a server says', () => {
    const now = new Date('2026-01-01T00:01:00Z');
    const answer = { status: 200, body: '', distrust: undefined };
    expect(clockSkew({ ...answer, date: 'Thu, 01 Jan 2026 00:00:00 GMT' }, now)).toBe(60_000);
    expect(clockSkew({ ...answer, date: undefined }, now)).toBeUndefined();
    expect(clockSkew({ failure: 'ETIMEDOUT' }, now)).toBeUndefined();
  });
});

describe("Traefik's store", () => {
  test('must tell the names that it has certificates for', () => {
    const text = JSON.stringify({
      acme: {
        Account: {},
        Certificates: [
          { domain: { main: 'example.org', sans: ['www.example.org'] }, certificate: '' },
          { domain: { main: 'matrix.example.org' }, certificate: '' },
        ],
      },
      other: { Account: null, Certificates: null },
    });
    expect([...certifiedNames(text)]).toEqual(['example.org', 'www.example.org', 'matrix.example.org']);
  });

  test.each(['', '\n', '{}', '{"acme":null}'])('that is new must have none: %j', (text) => {
    expect(certifiedNames(text).size).toBe(0);
  });
});
