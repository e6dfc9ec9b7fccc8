import type { BundleFile, BundleSpec, Settings, StackContext } from '../component.ts';
import type { Mount } from '../service.ts';
import { namedFiles } from './own-files.ts';
import { placeSecrets } from './place-secrets.ts';
import { judgeRegistrations } from './registrations.ts';
import {
  extraBundle,
  extraDirectory,
  extraTarget,
  givenSecret,
  givenSecrets,
  secretConfiguration,
  secretsBundle,
} from './secret-files.ts';

/** What the operator gives to Synapse beside settings that may be shown. */
interface Given {
  /** The overrides that stand in homeserver.yaml. */
  readonly overrides: Settings;
  /** Secrets, the settings in which they stand as text, and the files of synapse/extra. */
  readonly bundles: readonly BundleSpec[];
  readonly mounts: readonly Mount[];
  /** The configuration files, in the order in which Synapse reads them: of an option that is in both, the last counts. */
  readonly configurations: readonly string[];
}

/** @param main where Synapse's container sees homeserver.yaml */
export function givenBy(overrides: Settings, main: string, context: Pick<StackContext, 'bundle'>): Given {
  const { open, secret, byPath } = placeSecrets(overrides);
  const files = byPath.map((name): BundleFile => ({ name, kind: 'secret', secret: name }));
  const hasSecretSettings = Object.keys(secret).length > 0;
  return {
    overrides: open,
    bundles: [
      { name: secretsBundle, files: hasSecretSettings ? [settingsFile(secret), ...files] : files },
      {
        name: extraBundle,
        files: [],
        from: extraDirectory,
        named: namedFiles(overrides),
        judge: (own) => judgeRegistrations(overrides, own),
      },
    ],
    mounts: Object.entries({ [secretsBundle]: givenSecrets, [extraBundle]: extraTarget }).flatMap(
      ([name, target]) => {
        const source = context.bundle(name);
        return source === undefined ? [] : [{ source, target }];
      },
    ),
    configurations: hasSecretSettings ? [main, givenSecret(secretConfiguration)] : [main],
  };
}

function settingsFile(values: Settings): BundleFile {
  return { name: secretConfiguration, kind: 'settings', template: 'synapse/secrets.yaml', values };
}
