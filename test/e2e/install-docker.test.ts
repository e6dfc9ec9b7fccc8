import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { key } from '../fakes/screen.ts';
import { attachLab } from '../lab/attach.ts';
import { Deployment } from './support/deployment.ts';
import { offerPackages } from './support/package-repository.ts';
import { attempt } from './support/refused-host.ts';
import { Terminal } from './support/terminal.ts';

const lab = await attachLab();
const fresh = await lab.host('fresh');
const packages = ['docker.io', 'docker-cli', 'docker-compose'];
// Without records, so that nothing but Docker gets onto the host.
const serverName = 'fresh.test';

const verdicts = async (...flags: string[]) => {
  const { exitCode, findings } = await attempt(fresh, serverName, { flags });
  const verdictOf = (name: string) => findings.find(({ check }) => check === name)?.verdict;
  return { exitCode, engine: verdictOf('engine'), compose: verdictOf('compose') };
};

beforeAll(async () => {
  await fresh.stopEngine();
  await fresh.run(['dpkg', '--purge', ...packages]);
  await offerPackages(fresh, 'trixie', packages);
  // What starts services on other hosts.
  const starter = 'until [ -x /usr/sbin/dockerd ]; do sleep 0.1; done; exec dockerd';
  await fresh.start(['sh', '-c', starter]);
});

describe('a fresh host without Docker', () => {
  it('must be refused, and nothing be installed that nobody asked for', async () => {
    expect(await verdicts()).toEqual({ exitCode: 4, engine: 'failed', compose: 'failed' });
    expect(await fresh.exists('/usr/sbin/dockerd')).toBe(false);
  });

  it('must be asked about it before anything else, and not be asked more when it gets none', async () => {
    const terminal = await Terminal.open(fresh);
    onTestFinished(() => terminal.close());
    terminal.type(
      `${new Deployment(fresh, { serverName }).command('init').join(' ')}; echo "ended with $?"\r`,
    );
    await terminal.answer('Docker is missing. Install docker.io', 'n', key.enter);
    await terminal.screen.see('ended with 4', 10);
    expect(terminal.screen.text).toContain('there is no Docker engine on this host');
    expect(await fresh.exists('/usr/sbin/dockerd')).toBe(false);
  });

  it("must get it from the distribution's packages, and then be looked at again", async () => {
    expect(await verdicts('--install-docker')).toEqual({ exitCode: 4, engine: 'passed', compose: 'passed' });
    expect(await fresh.run(['docker', 'compose', 'version', '--short'])).toMatch(/^v?2\./);
  });
});
