import { registrationFile, registrationMount } from '../application-service.ts';
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
  mountedSecret,
  secretConfiguration,
  secretsBundle,
} from './secret-files.ts';

/** Everything that the operator gives to Synapse: settings, secrets and files. */
interface Given {
  /** The overrides for homeserver.yaml, with the registrations of the components' application services. */
  readonly overrides: Settings;
  /** The secrets, the settings that contain secrets as text, and the files of synapse/extra. */
  readonly bundles: readonly BundleSpec[];
  readonly mounts: readonly Mount[];
  /** The configuration files, in the order in which Synapse reads them: the last one that has an option counts. */
  readonly configurations: readonly string[];
}

/** @param main path of homeserver.yaml in Synapse's container */
export function givenBy(
  overrides: Settings,
  main: string,
  context: Pick<StackContext, 'bundle' | 'registrations' | 'serverName'>,
): Given {
  const { registrations } = context;
  const { open, secret, byPath } = placeSecrets(withRegistrations(overrides, registrations));
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
        judge: (own) => judgeRegistrations(overrides, own, context),
      },
    ],
    mounts: [
      ...registrations.map((one) => registrationMount(one, mountedSecret(registrationFile(one)))),
      ...Object.entries({ [secretsBundle]: givenSecrets, [extraBundle]: extraTarget }).flatMap(
        ([name, target]) => {
          const source = context.bundle(name);
          return source === undefined ? [] : [{ source, target }];
        },
      ),
    ],
    configurations: hasSecretSettings ? [main, givenSecret(secretConfiguration)] : [main],
  };
}

/** Adds the registrations of components to those of the operator, since Synapse takes one list. */
function withRegistrations(overrides: Settings, registrations: StackContext['registrations']): Settings {
  if (registrations.length === 0) return overrides;
  const { app_service_config_files: own } = overrides;
  const ours = registrations.map((one) => mountedSecret(registrationFile(one)));
  return { ...overrides, app_service_config_files: [...(Array.isArray(own) ? own : []), ...ours] };
}

function settingsFile(values: Settings): BundleFile {
  return { name: secretConfiguration, kind: 'settings', template: 'synapse/secrets.yaml', values };
}
