import { expect, test } from 'vitest';
import type { Probe } from '../../src/components/questions.ts';
import { remainingProbes } from '../../src/plan/probes.ts';

const probe = (service: string, name: string, covers: readonly string[] = []): Probe => ({
  service,
  name,
  kind: 'exec',
  command: ['ask'],
  timeoutSeconds: 1,
  covers,
});
const answers = probe('database', 'answers');
const writes = probe('database', 'writes', ['answers']);
const other = probe('proxy', 'answers');

test('a probe that another one of its service covers must not be asked for beside it', () => {
  const left = remainingProbes({ probes: [answers, writes, other], services: [] }, []);
  expect(left.map(({ resource, cause }) => `${resource} ${cause}`)).toEqual([
    'database writes',
    'proxy answers',
  ]);
});
