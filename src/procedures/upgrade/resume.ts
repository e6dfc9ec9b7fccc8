import { registry } from '../../components/components.ts';
import { parseConfig } from '../../config/parse.ts';
import { PreflightError } from '../../errors.ts';
import { withoutDigest } from '../../plan/version-changes.ts';
import { unlockedStack } from '../../stack/stack.ts';
import type { LoadedConfig } from '../../state/load-config.ts';
import type { PendingUpgrade } from '../../state/pending-upgrade.ts';

/**
 * The configuration with which an interrupted upgrade continues: matrix.yaml, with the change of the upgrade if the
 * interrupted run has not written that yet.
 *
 * @throws PreflightError where matrix.yaml now names other images
 */
export function configToResume(
  pending: PendingUpgrade,
  { config: loaded, text }: LoadedConfig,
): LoadedConfig {
  const { before, after } = pending.text;
  const wanted = text === before ? after : text;
  const config = parseConfig(wanted, loaded[registry]);
  const { services } = unlockedStack(config);
  const other = pending.changes.find(({ service, to }) =>
    services.every(({ name, image }) => name !== service || withoutDigest(image) !== to),
  );
  if (other !== undefined) {
    throw new PreflightError('an upgrade was interrupted, and matrix.yaml names another image now', {
      code: 'upgrade.changed',
      details: [`the upgrade was to ${other.to}`],
      hint: 'Nothing was changed. Put that image back into matrix.yaml to go on, or go back: `matrix-deploy rollback`.',
    });
  }
  return { config, text: wanted };
}
