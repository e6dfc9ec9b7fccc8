import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Finding } from '../../src/preflight/finding.ts';
import { localConfigText } from '../fakes/configurations.ts';
import { key } from '../fakes/screen.ts';
import { attachLab } from '../lab/attach.ts';
import { checkout } from '../lab/machine.ts';
import { Deployment } from './support/deployment.ts';
import { type DockerArchive, openDockerArchive } from './support/docker-archive.ts';
import type { Installed } from './support/install-docker-program.ts';
import { Terminal } from './support/terminal.ts';

const lab = await attachLab();
// Debian 12, whose packages have no Compose that serves. The images are missing: nothing but Docker gets onto it.
const host = await lab.host('bookworm', { engine: '20.10' });
const deployment = new Deployment(host);
const fromDocker = ['--install-docker-from', 'docker.com'];
const added = ['/etc/apt/keyrings/docker.asc', '/etc/apt/sources.list.d/docker.sources'];
let archive: DockerArchive;

const settings = () => host.run(['find', '/etc/apt', '-type', 'f', '-printf', '%p %i %m %T@\\n']);

/** What keeps a server from being set up. */
async function refusal(...flags: string[]) {
  const { stderr } = await deployment.exits(4, 'init', '--local', '--yes', '--json', ...flags);
  const { error } = JSON.parse(stderr.split('\n').find((line) => line.startsWith('{')) ?? '{}');
  return error;
}

/** Runs preflight on the host, believing the key of the lab's archive, and taking what it offers of docker.com. */
async function install(): Promise<Record<string, string> & { failure?: string }> {
  const program = 'test/e2e/support/install-docker-program.ts';
  const command = ['node', '--import', 'tsx', program, archive.fingerprint];
  const { findings, failure }: Installed = JSON.parse(await host.run(command, { cwd: checkout.onMachines }));
  const verdicts = Object.fromEntries(findings.map(({ check, verdict }) => [check, verdict]));
  return { ...verdicts, ...(failure === undefined ? {} : { failure }) };
}

beforeAll(async () => {
  await host.stopEngine();
  await host.run(['dpkg', '--purge', 'docker.io']);
  await host.run(['rm', '/usr/libexec/docker/cli-plugins/docker-compose']);
  await host.run(['sh', '-c', 'rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*']);
  archive = await openDockerArchive(lab);
  // What starts services on other hosts.
  const starter = 'until [ -x /usr/sbin/dockerd ]; do sleep 0.1; done; exec dockerd';
  await host.start(['sh', '-c', starter]);
});

describe("Debian 12 without Docker, whose operator wants the distribution's packages", () => {
  it('must be told why they do not do, and of those of docker.com', async () => {
    const before = await settings();
    const { findings } = await refusal('--install-docker');
    const { remedy } = findings.find(({ check }: Finding) => check === 'engine');
    expect(remedy).toContain('The packages of Debian 12 have no Compose that is new enough');
    expect(remedy).toContain(fromDocker.join(' '));
    expect(await settings()).toBe(before);
  });
});

describe('Debian 12 without Docker, whose operator is asked', () => {
  it('must show all of it, and do nothing of it when Enter is the answer', async () => {
    const asked = new Deployment(host, { directory: '/srv/asked' });
    await host.writeFile(asked.path('matrix.yaml'), localConfigText);
    const before = await settings();
    const terminal = await Terminal.open(host);
    onTestFinished(() => terminal.close());
    terminal.type(`clear; ${asked.command('apply').join(' ')}; echo "ended with $?"\r`);
    await terminal.screen.see("Install Docker's own?", 30);
    for (const said of [
      ...added,
      'https://download.docker.com/linux/debian/gpg',
      '0EBF CD88',
      'docker-ce-cli',
    ]) {
      expect(terminal.screen.text).toContain(said);
    }
    await terminal.answer("Install Docker's own?", key.enter);
    await terminal.screen.see('ended with 4', 30);
    expect(await settings()).toBe(before);
  });
});

describe('an archive that calls itself download.docker.com', () => {
  it('must be refused while nobody vouches for its server, with nothing written', async () => {
    const before = await settings();
    expect(await refusal(...fromDocker)).toMatchObject({ code: 'preflight.archive' });
    expect(await settings()).toBe(before);
  });

  it("must be refused where its key is not Docker's, although its server is trusted", async () => {
    await archive.vouchTo(host);
    const before = await settings();
    const { code, details } = await refusal(...fromDocker);
    expect(code).toBe('preflight.archive');
    expect(details).toContain(`found:    ${archive.fingerprint}`);
    expect(await settings()).toBe(before);
    expect(await host.exists('/usr/sbin/dockerd')).toBe(false);
  });

  it('must be taken back where it holds something else than that key has signed', async () => {
    await archive.rename('Docker', 'Another');
    onTestFinished(() => archive.rename('Another', 'Docker'));
    const before = await settings();
    expect(await install()).toEqual({ failure: 'apt-get update failed' });
    expect(await settings()).toBe(before);
  });

  it('must be taken back where its packages would replace those that are installed', async () => {
    const before = await settings();
    expect(await install()).toEqual({ failure: 'apt-get install failed' });
    expect(await settings()).toBe(before);
    expect(await host.exists('/usr/bin/containerd')).toBe(true);
  });
});

describe("an archive whose key is Docker's", () => {
  it('must bring an engine that answers, and a Compose that serves', async () => {
    await host.run(['dpkg', '--purge', 'containerd', 'runc']);
    expect(await install()).toEqual({ engine: 'passed', compose: 'passed' });
    expect(await host.run(['docker', 'compose', 'version', '--short'])).toMatch(/^v?2\./);
    expect(await host.run(['stat', '--format', '%U %a', ...added])).toBe('root 644\nroot 644');
  });

  it('must be left alone from then on', async () => {
    const before = await settings();
    expect(await install()).toEqual({ engine: 'passed', compose: 'passed' });
    expect(await settings()).toBe(before);
  });

  it('must bring what an interrupted run has left out', async () => {
    await host.run(['dpkg', '--purge', 'docker-compose-plugin']);
    await host.run(['rm', added[1] ?? '']);
    expect(await install()).toEqual({ engine: 'passed', compose: 'passed' });
    expect(await host.exists(added[1] ?? '')).toBe(true);
  });
});
