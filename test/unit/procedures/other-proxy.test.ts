import { expect, test } from 'vitest';
import { judgeOtherProxy, proxyFindings } from '../../../src/procedures/status/other-proxy.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { behindProxyConfig, behindTraefikConfig } from '../../fakes/configurations.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';
import { fakeMachine, fakeNetwork } from '../../fakes/surroundings.ts';

const url = (path: string) => `https://matrix.example.org${path}`;

test('what is wrong through the proxy of the host must be told once for each name and reason', () => {
  const refused = { verdict: 'failed', saw: 'connect ECONNREFUSED', remedy: 'do this' } as const;
  const findings = proxyFindings([
    { expectation: 'one', url: url('/a'), verdict: 'passed' },
    { expectation: 'two', url: url('/b'), ...refused },
    { expectation: 'three', url: url('/c'), ...refused },
    { expectation: 'four', url: 'https://example.org/d', ...refused },
  ]);
  expect(findings.map(({ about, verdict, remedy }) => ({ about, verdict, remedy }))).toEqual([
    { about: 'proxy', verdict: 'failed', remedy: 'do this' },
    { about: 'proxy', verdict: 'failed', remedy: 'do this' },
  ]);
  expect(findings[0]?.finding).toContain('matrix.example.org: connect ECONNREFUSED');
});

test.each([
  ['another proxy', behindProxyConfig, false],
  ['a Traefik', behindTraefikConfig, true],
])(
  'beside %s, the container on port 443 must be looked at only where that is the proxy',
  async (_title, config, isLookedAt) => {
    let asks = 0;
    await judgeOtherProxy(
      { directory: await temporaryDirectory(), config },
      {
        clock: fakeClock(),
        interrupt: new AbortController().signal,
        surroundings: async () => ({
          machine: fakeMachine(),
          network: fakeNetwork({ addresses: async () => ({ records: [] }) }),
        }),
        connectEngine: async () => {
          asks += 1;
          throw new Error('no engine');
        },
      },
    );
    expect(asks > 0).toBe(isLookedAt);
  },
);
