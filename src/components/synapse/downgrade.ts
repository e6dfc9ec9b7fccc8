import { oldestAfter } from '../../releases/lookup.ts';
import { builtIn } from '../../releases/releases.ts';
import { compareVersions, versionIn } from '../../releases/versions.ts';
import type { Succession } from '../service.ts';

/**
 * Judges an image of Synapse on the database of another version. Synapse refuses a database that is too new, and
 * otherwise accepts a downgrade without a message. `undefined` for the same or a later version, and if a tag does not
 * tell the version.
 */
export function downgrade(image: string, before: string): Succession | undefined {
  const [wanted, ran] = [versionIn(image), versionIn(before)];
  if (!isVersion(wanted) || !isVersion(ran) || compareVersions(wanted, ran) >= 0) {
    return undefined;
  }
  const oldest = oldestAfter(builtIn, ran);
  return oldest !== undefined && compareVersions(wanted, oldest) < 0
    ? {
        verdict: 'refused',
        setting: 'synapse.image',
        text: `is Synapse ${wanted}, which does not start with the database that ${ran} has left: ${oldest} is the oldest that does`,
        remedy: `Set synapse.image to ${ran} or newer. To go back further, restore a database from before.`,
      }
    : {
        verdict: 'warning',
        setting: 'synapse.image',
        text: `goes back from Synapse ${ran} to ${wanted}: the database keeps the changes that ${ran} has made, and unfinished work on it stays undone until ${ran} or newer runs again`,
      };
}

/** A number alone is no version of Synapse: tags such as `2026-01-01` are dates. */
function isVersion(version: string | undefined): version is string {
  return version?.includes('.') ?? false;
}
