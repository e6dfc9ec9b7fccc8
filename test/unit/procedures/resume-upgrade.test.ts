import { expect, test } from 'vitest';
import { components } from '../../../src/components/components.ts';
import { setImages } from '../../../src/config/set-images.ts';
import { judgeUpgrade } from '../../../src/procedures/status/upgrade.ts';
import { configToResume } from '../../../src/procedures/upgrade/resume.ts';
import type { PendingUpgrade } from '../../../src/state/pending-upgrade.ts';
import { localConfig, localConfigText } from '../../fakes/configurations.ts';

const image = (version: string) => `matrixdotorg/synapse:v${version}`;
const withImage = (version: string) =>
  setImages(localConfigText, { synapse: image(version) }, components).text;
const changes = [{ service: 'synapse', from: image('1.158.0'), to: image('1.160.0') }];
const text = { before: withImage('1.158.0'), after: withImage('1.160.0') };
const pending = { phase: 'switching', changes, text, databases: [] } as unknown as PendingUpgrade;

test.each([
  ['before it was changed', text.before],
  ['after it was changed', text.after],
  ['with another edit since', `${text.after}# mine\n`],
])('an upgrade must go on to its version with matrix.yaml as it was %s', (_case, found) => {
  expect(configToResume(pending, { config: localConfig, text: found }).config.synapse.image).toBe(
    image('1.160.0'),
  );
});

test('an upgrade must not go on where matrix.yaml names a third version by now', () => {
  expect(() => configToResume(pending, { config: localConfig, text: withImage('1.161.0') })).toThrow(
    expect.objectContaining({ code: 'upgrade.changed' }),
  );
});

test.each<[PendingUpgrade['phase'], boolean, string | undefined]>([
  ['switching', false, 'failed'],
  ['undoing', true, 'failed'],
  ['undone', false, 'failed'],
  ['switched', true, 'warning'],
  ['switched', false, undefined],
])('status must judge an upgrade that is %s, with a copy kept (%s), as %s', (phase, hasCopy, verdict) => {
  const databases = hasCopy ? [{ inUse: 'synapse', beside: 'b', before: 'c' }] : [];
  expect(judgeUpgrade({ phase, changes, databases, directories: [] })?.verdict).toBe(verdict);
});

test('status must tell what serves and was not seen to work from what was only begun', () => {
  const judge = (admitted: boolean) =>
    judgeUpgrade({ phase: 'switching', changes, databases: [], directories: [], admitted });
  expect(judge(true)).toMatchObject({ verdict: 'failed', finding: expect.stringContaining('not verified') });
  expect(judge(false)).toMatchObject({ verdict: 'failed', finding: expect.stringContaining('interrupted') });
});

test('status must tell of files that are kept of a server', () => {
  const directories = [{ inUse: 'data/postgres', beside: 'b', before: 'c' }];
  expect(judgeUpgrade({ phase: 'switched', changes, databases: [], directories })?.verdict).toBe('warning');
});
