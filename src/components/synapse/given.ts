import { registrationFile, registrationMount } from '../application-service.ts';
import type { BundleFile, BundleSpec, Settings, StackContext } from '../component.ts';
import { withLists } from '../homeserver-settings.ts';
import type { SecretSpec } from '../secret.ts';
import { generatedUses, replaceGenerated } from '../secret-reference.ts';
import type { Mount } from '../service.ts';
import { jsonForYaml } from '../yaml-text.ts';
import { namedFiles } from './own-files.ts';
import { placeSecrets } from './place-secrets.ts';
import { judgeRegistrations } from './registrations.ts';
import {
  extraBundle,
  extraDirectory,
  extraTarget,
  generatedConfiguration,
  givenSecret,
  givenSecrets,
  mountedSecret,
  secretConfiguration,
  secretsBundle,
} from './secret-files.ts';

/** How the settings of homeserver.yaml reach Synapse, with the secrets and the files that they name. */
interface Given {
  /** The settings without secrets, with the registrations of the components' application services. */
  readonly settings: Settings;
  /** The secrets, the settings that contain secrets as text, and the files of synapse/extra. */
  readonly bundles: readonly BundleSpec[];
  /** The settings that contain generated secrets as text. */
  readonly secrets: readonly SecretSpec[];
  readonly mounts: readonly Mount[];
  /** The configuration files, in the order in which Synapse reads them: the last one that has an option counts. */
  readonly configurations: readonly string[];
}

/**
 * @param settings of homeserver.yaml: those of all components, and the operator's overrides
 * @param main path of homeserver.yaml in Synapse's container
 */
export function givenBy(
  settings: Settings,
  main: string,
  context: Pick<StackContext, 'bundle' | 'registrations' | 'serverName'>,
): Given {
  const { registrations } = context;
  const placed = placeSecrets(withRegistrations(settings, registrations));
  const { open, secret, generated, byPath } = placed;
  const files = byPath.map((name): BundleFile => ({ name, kind: 'secret', secret: name }));
  const hasSecretSettings = Object.keys(secret).length > 0;
  const secrets = Object.keys(generated).length > 0 ? [generatedFile(generated)] : [];
  return {
    settings: open,
    bundles: [
      { name: secretsBundle, files: hasSecretSettings ? [settingsFile(secret), ...files] : files },
      {
        name: extraBundle,
        files: [],
        from: extraDirectory,
        named: namedFiles(settings),
        judge: (own) => judgeRegistrations(settings, own, context),
      },
    ],
    secrets,
    mounts: [
      ...[...placed.generatedByPath, ...secrets.map(({ name }) => name)].map((name) => ({
        source: `secrets/${name}`,
        target: mountedSecret(name),
      })),
      ...registrations.map((one) => registrationMount(one, mountedSecret(registrationFile(one)))),
      ...Object.entries({ [secretsBundle]: givenSecrets, [extraBundle]: extraTarget }).flatMap(
        ([name, target]) => {
          const source = context.bundle(name);
          return source === undefined ? [] : [{ source, target }];
        },
      ),
    ],
    configurations: [
      main,
      ...(hasSecretSettings ? [givenSecret(secretConfiguration)] : []),
      ...secrets.map(({ name }) => mountedSecret(name)),
    ],
  };
}

/** Adds the registrations of components to those of the operator, since Synapse takes one list. */
function withRegistrations(settings: Settings, registrations: StackContext['registrations']): Settings {
  if (registrations.length === 0) return settings;
  const ours = registrations.map((one) => mountedSecret(registrationFile(one)));
  return withLists(settings, { app_service_config_files: ours });
}

/** A configuration file as one of the generated secrets, since it contains others. JSON is YAML, too. */
function generatedFile(values: Settings): SecretSpec {
  const from = [...new Set(generatedUses(values).map(({ secret }) => secret))];
  return {
    name: generatedConfiguration,
    recipe: {
      kind: 'derived',
      from,
      text: (...texts) =>
        jsonForYaml(replaceGenerated(values, (secret) => texts[from.indexOf(secret)] ?? '')),
    },
  };
}

function settingsFile(values: Settings): BundleFile {
  return { name: secretConfiguration, kind: 'settings', template: 'synapse/secrets.yaml', values };
}
