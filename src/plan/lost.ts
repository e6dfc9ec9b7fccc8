import { PreflightError } from '../errors.ts';
import { composeFile, layout, secretPath } from '../layout.ts';
import { kept, type ObservedIdentity, witnessFile } from '../stack/identity.ts';
import type { Stack } from '../stack/stack.ts';
import type { ObservedState } from './observed-state.ts';

/** The part of the observed state that tells whether something was lost or replaced. */
type Observed = Pick<
  ObservedState,
  'isInstalled' | 'files' | 'secrets' | 'rotating' | 'data' | 'dataInUse' | 'provisions' | 'identity'
>;

/**
 * Refuses to create again what the deployment once had. A new empty database or a new signing key would look like a
 * first start, and hide a loss.
 *
 * @throws PreflightError naming all that is lost.
 */
export function refuseLost(stack: Stack, observed: Observed): void {
  const lost = missingThings(stack, observed).filter((name) => had(name, stack, observed));
  if (lost.length > 0) {
    throw new PreflightError(
      `${lost.join(', ')} ${lost.length === 1 ? 'is' : 'are'} gone, though this deployment had it`,
      {
        code: 'plan.lost',
        hint: `Put it back from a backup.${wayWithoutBackup(lost, stack)} To start again without it: \`matrix-deploy destroy --delete-data\`, then init. Nothing was changed.`,
      },
    );
  }
}

/** The hint for an operator without a backup: how to create new secrets. Empty if anything but secrets is lost. */
function wayWithoutBackup(lost: readonly string[], { secrets }: Stack): string {
  const names = secrets.filter(({ name }) => lost.includes(secretPath(name))).map(({ name }) => name);
  return names.length === lost.length
    ? ` If there is none, create another one on purpose: \`matrix-deploy secrets rotate ${names.join(' ')}\`, which says first what that does.`
    : '';
}

/** Names of the missing things that cannot be created again, or not without a change elsewhere. */
function missingThings({ data, secrets, provisions }: Stack, observed: Observed): string[] {
  return [
    ...data.map(({ path }) => path).filter((path) => !observed.data.has(path)),
    ...secrets
      .filter(({ name, recipe, identity }) => {
        const isKept = identity !== undefined || recipe.kind === 'token';
        // A secret that opens a provision can be replaced: the provision gets the new one.
        const isGiven = provisions.some(({ secret }) => secret === name);
        return isKept && !isGiven && !observed.secrets.has(name) && !observed.rotating.has(name);
      })
      .map(({ name }) => secretPath(name)),
    ...provisions.map(({ name }) => name).filter((name) => observed.provisions.get(name) === 'absent'),
  ];
}

/** Whether the deployment once had the thing of this name. */
function had(name: string, stack: Stack, observed: Observed): boolean {
  const { identity, isInstalled, files } = observed;
  if (identity.recorded !== undefined) return name in identity.recorded.things;
  if (!isInstalled) return isBehindData(name, stack, observed);
  const compose = files[composeFile];
  const isFile = !stack.provisions.some((provision) => provision.name === name);
  // Without a record, docker-compose.yml shows which files and directories were mounted.
  return (
    compose === undefined ||
    !isFile ||
    [name, ...derivedFrom(name, stack)].some((path) => compose.includes(`"./${path}"`))
  );
}

/** Paths of the secrets that are made of this one. */
function derivedFrom(path: string, { secrets }: Stack): string[] {
  return secrets
    .filter(({ recipe }) => recipe.kind === 'derived' && recipe.from.map(secretPath).includes(path))
    .map(({ name }) => secretPath(name));
}

/** Whether this is a secret that is created before the data of the services that read it, and such data exists. */
function isBehindData(name: string, { secrets, services }: Stack, { dataInUse }: Observed): boolean {
  const isFirst = secrets.some((secret) => secret.identity !== undefined && secretPath(secret.name) === name);
  const readers = services.filter(({ mounts }) => mounts.some(({ source }) => source === name));
  return isFirst && readers.some(({ mounts }) => mounts.some(({ source }) => dataInUse.has(source)));
}

/**
 * Refuses things that are not the deployment's own: another key, the database of another server, an empty directory.
 * If they were accepted, services would write to them.
 *
 * @throws PreflightError naming all of them, and what was recorded.
 */
export function refuseReplaced(stack: Pick<Stack, 'serverName' | 'data'>, { identity }: Observed): void {
  const { recorded, seen, dataOf } = identity;
  const replaced = replacedThings(identity);
  if (recorded === undefined || replaced.length === 0) return;
  const otherServer = dataOf !== undefined && dataOf !== stack.serverName ? [dataOf] : [];
  throw replacedError(replaced, [
    ...replaced.map((name) => {
      const data = stack.data.find(({ path }) => path === name);
      return data === undefined
        ? `${name}: it is ${seen[name]}; recorded is ${recorded.things[name]}`
        : `${name}: there is no ${witnessFile(recorded)} in ${[name, data.witnessed].filter(Boolean).join('/')}`;
    }),
    ...otherServer.map((server) => `${layout.identityCopy} names the server ${server}`),
  ]);
}

/** Names of the things whose observed identity differs from the recorded one. */
function replacedThings({ recorded, seen }: ObservedIdentity): string[] {
  return Object.entries(recorded?.things ?? {})
    .filter(([name, identity]) => identity !== kept && seen[name] !== undefined && seen[name] !== identity)
    .map(([name]) => name);
}

function replacedError(names: readonly string[], details: readonly string[]): PreflightError {
  return new PreflightError(
    `${names.join(', ')} ${names.length === 1 ? 'is not what' : 'are not what'} this deployment had`,
    {
      code: 'plan.replaced',
      details,
      hint: 'Put back its own from a backup. If what is there was put there on purpose, as by a restore from a dump, accept it: `matrix-deploy apply --adopt`. Nothing was changed.',
    },
  );
}

/** The identity with all replaced things accepted as the deployment's own. */
export function adopted(identity: ObservedIdentity): ObservedIdentity {
  if (identity.recorded === undefined) return identity;
  const replaced = replacedThings(identity);
  const things = Object.entries(identity.recorded.things).filter(([name]) => !replaced.includes(name));
  // A secret that is accepted as the present one must not be among its own predecessors.
  const predecessors = Object.entries(identity.recorded.predecessors).map(([name, all]) => [
    name,
    replaced.includes(name) ? all.filter((one) => one.identity !== identity.seen[name]) : all,
  ]);
  return {
    ...identity,
    recorded: {
      ...identity.recorded,
      things: Object.fromEntries(things),
      predecessors: Object.fromEntries(predecessors),
    },
  };
}
