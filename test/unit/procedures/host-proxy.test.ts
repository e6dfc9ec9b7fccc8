import { expect, test } from 'vitest';
import { proxyFindings } from '../../../src/procedures/status/host-proxy.ts';

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
