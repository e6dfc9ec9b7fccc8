import { ConfigError } from '../errors.ts';
import { composeFile, layout } from '../layout.ts';

/**
 * Refuses Compose files that are not ours. They would change what runs without a plan: this program does not read
 * them, but Compose does when somebody runs it by hand.
 *
 * @throws ConfigError naming them, and where such a change belongs.
 */
export function refuseForeignFiles(files: readonly string[]): void {
  if (files.length > 0) {
    const [them, they] = files.length === 1 ? ['it', 'it changes'] : ['them', 'they change'];
    throw new ConfigError(
      `${files.join(', ')}: ${they} what \`docker compose\` makes of ${composeFile}, and ${layout.config} does not know of it`,
      {
        code: 'config.compose-files',
        hint: `Put the change into ${layout.config} (Synapse's own options below synapse.overrides), then remove or rename ${them}. Nothing was touched.`,
      },
    );
  }
}
