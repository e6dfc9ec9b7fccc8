import { localConfigValues } from '../../../src/config/create.ts';
import { dockerCompose } from '../../../src/docker/compose.ts';
import { connectEngine } from '../../../src/docker/dockerode-engine.ts';
import { findEngine } from '../../../src/docker/endpoint.ts';
import { systemClock } from '../../../src/host/clock.ts';
import { install } from '../../../src/host/install/install.ts';
import { machineWith } from '../../../src/host/machine.ts';
import { thisNetwork } from '../../../src/host/network.ts';
import { checkHost } from '../../../src/preflight/check-host.ts';
import { checkNames, type Finding, UnreadyHostError } from '../../../src/preflight/finding.ts';
import { createConfigText } from '../../../src/render/new-config.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

// Run on a host of the lab: preflight as it is, for which the key of this fingerprint is Docker's. What a command of
// matrix-deploy believes is fixed. Answers with one line of JSON.

/** What the program answers with. */
export interface Installed {
  readonly findings: readonly Pick<Finding, 'check' | 'verdict' | 'finding'>[];
  readonly failure?: string;
}

const [fingerprint = ''] = process.argv.slice(2);
const { env: environment } = process;
const engine = () => findEngine(environment);
const network = thisNetwork();

async function run(): Promise<Installed> {
  try {
    return await checkHost(
      {
        directory: '/srv/matrix',
        config: parseConfig(createConfigText(localConfigValues('localhost', 8443))),
      },
      {
        connectEngine: async () => connectEngine(await engine()),
        openCompose: async (subject) => dockerCompose({ ...subject, engine, environment }),
        surroundings: async () => ({
          network,
          machine: {
            ...machineWith(environment),
            install: (offer, tools) => install(offer, { ...tools, environment }, { fingerprint }),
          },
        }),
        clock: systemClock,
        random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
      },
      {
        skip: new Set(checkNames.filter((name) => name !== 'engine' && name !== 'compose')),
        emit: (event) => event.type === 'note' && process.stderr.write(`${event.text}\n`),
        chooseOffer: async (offers) => offers.find(({ from }) => from === 'docker.com'),
      },
    );
  } catch (error) {
    const findings = error instanceof UnreadyHostError ? error.findings : [];
    return { findings, failure: error instanceof Error ? error.message : String(error) };
  }
}

process.stdout.write(`${JSON.stringify(await run())}\n`);
