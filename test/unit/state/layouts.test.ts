import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBackupRecord } from '../../../src/state/backups.ts';
import { refuseNewerFormat } from '../../../src/state/format.ts';
import { readSamples } from '../../../src/state/growth.ts';
import { readIdentity } from '../../../src/state/identity.ts';
import { readMove } from '../../../src/state/move.ts';
import { readPendingRestore } from '../../../src/state/pending-restore.ts';
import { readPendingUpgrade } from '../../../src/state/pending-upgrade.ts';
import { readRecord } from '../../../src/state/records.ts';
import { readUpgrades } from '../../../src/state/upgrades.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

/**
 * What the first release that wrote a layout has left in a deployment. It is never changed: when the layout is, a directory comes
 * beside it, and the steps that lead from one to the next.
 */
const layouts = join(import.meta.dirname, '../../fixtures');

describe('of a deployment of layout 1', () => {
  const directory = join(layouts, 'layout-1');
  const text = (path: string) => readFile(join(directory, path), 'utf8');
  const written = async (path: string) => JSON.parse(await text(path));
  const record = (path: string) => (from: string) => readRecord(join(from, path));

  test.each([
    ['state/backups.json', readBackupRecord],
    ['state/growth.json', readSamples],
    ['state/images.json', record('state/images.json')],
    ['state/move.json', readMove],
    ['state/pending-restore.json', readPendingRestore],
    ['state/pending-upgrade.json', readPendingUpgrade],
    ['state/upgrades.json', readUpgrades],
    ['state/written.json', record('state/written.json')],
  ])('nothing in %s must get lost', async (path, read) => {
    expect(await read(directory)).toMatchObject(await written(path));
  });

  test('both copies of the identity must be read', async () => {
    const identity = await written('state/identity.json');
    expect(await readIdentity(directory)).toEqual({ own: identity, besideData: identity });
  });

  test('matrix.yaml must be understood', async () => {
    const config = parseConfig(await text('matrix.yaml'));
    expect(config).toMatchObject({ server_name: 'localhost', postgres: { image: 'postgres:18' } });
  });

  test('the layout must be accepted', async () => {
    await expect(refuseNewerFormat(directory)).resolves.toBeUndefined();
  });
});
