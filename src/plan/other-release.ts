import type { DataRelease, DataSpec } from '../components/data.ts';
import type { Transfer } from '../components/saving.ts';
import type { Succession } from '../components/service.ts';
import { ConfigError } from '../errors.ts';
import { isObject } from '../json-object.ts';
import { composeFile } from '../layout.ts';
import { compareVersions } from '../releases/versions.ts';
import type { Stack } from '../stack/stack.ts';
import { parseFound } from './found-yaml.ts';
import type { ObservedState } from './observed-state.ts';

/** The part of the observed state that tells which release created the data. */
export type ObservedReleases = Pick<ObservedState, 'files' | 'data' | 'dataReleases' | 'isInstalled'>;

type Described = Pick<Stack, 'data' | 'services' | 'transfers'>;

/** Data that the wanted release of a program cannot use. */
interface OtherRelease {
  readonly data: DataSpec & { readonly release: DataRelease };
  /** The release that created the data, and the wanted one. */
  readonly there: string;
  readonly wanted: string;
  /**
   * How the data gets to the wanted release; `undefined` when there is no way. There is one to a newer release, from
   * a deployment that has served.
   */
  readonly transfer: Transfer | undefined;
}

/** The data that was made by another release than the one that is wanted. */
export function otherReleases(
  { data, services, transfers }: Described,
  observed: ObservedReleases,
): OtherRelease[] {
  return data.flatMap((spec): OtherRelease[] => {
    const { path, release } = spec;
    if (release === undefined || !observed.data.has(path)) return [];
    const owner = services.find(({ mounts }) => mounts.some(({ source }) => source === path));
    const before = imageBefore(owner?.name ?? '', observed) ?? '';
    const there = observed.dataReleases[path] ?? release.of(before);
    const wanted = release.of(release.image);
    if (there === undefined || wanted === undefined || there === wanted) return [];
    // Only the program in the previous image can read the data.
    const isReadable = observed.isInstalled && (release.of(before) ?? there) === there && before !== '';
    const isNewer = compareVersions(wanted, there) > 0;
    const transfer = isReadable && isNewer ? transfers.find((one) => one.data === path) : undefined;
    return [{ data: { ...spec, release }, there, wanted, transfer }];
  });
}

/**
 * Refuses an image whose program cannot use the data of another release, if the data cannot be transferred. The new
 * program would not start, and by then the old one would have been stopped.
 *
 * @throws ConfigError naming both releases.
 */
export function refuseOtherRelease(stack: Described, observed: ObservedReleases): void {
  const refused = otherReleases(stack, observed).find(({ transfer }) => transfer === undefined);
  if (refused !== undefined) throw otherRelease(refused);
}

/**
 * Refuses to start an image on data that has still to be transferred to its release.
 *
 * @param transferred paths of the data that is known to be transferred
 * @throws ConfigError naming both releases.
 */
export function refuseUntransferred(
  stack: Described,
  observed: ObservedReleases,
  transferred: readonly string[],
): void {
  const refused = otherReleases(stack, observed).find(({ data }) => !transferred.includes(data.path));
  if (refused !== undefined) throw otherRelease(refused);
}

/**
 * Refuses an image whose program does not start with the data that the previous image has left.
 *
 * @throws ConfigError with the explanation of the service.
 */
export function refuseSuccession(stack: Stack, observed: ObservedReleases): void {
  const refused = successions(stack, observed).find(({ verdict }) => verdict === 'refused');
  if (refused !== undefined) {
    throw new ConfigError(`${refused.setting} ${refused.text}`, {
      code: 'config.release',
      hint: `${refused.remedy ?? ''} Nothing was changed.`.trim(),
    });
  }
}

/**
 * Warnings and refusals about images that follow others, from the services that have run with another image before.
 */
export function successions(
  { services }: Pick<Stack, 'services'>,
  observed: Pick<ObservedState, 'files' | 'isInstalled'>,
): Succession[] {
  return services.flatMap((service) => {
    const before = observed.isInstalled ? imageBefore(service.name, observed) : undefined;
    return (before !== undefined && service.succeeds?.(before)) || [];
  });
}

function otherRelease({ data, there, wanted }: OtherRelease): ConfigError {
  const { path, release } = data;
  const { setting, image, remedy } = release;
  return new ConfigError(
    `${setting} is ${image}, but ${path} was created by release ${there}, and release ${wanted} cannot use it`,
    {
      code: 'config.release',
      hint: `Set ${setting} to an image of release ${there}. ${remedy} Nothing was changed.`,
    },
  );
}

/** The image that a service was last started with, as docker-compose.yml has it. */
export function imageBefore(service: string, { files }: Pick<ObservedReleases, 'files'>): string | undefined {
  const compose = parseFound(files[composeFile]);
  const services = isObject(compose) && isObject(compose.services) ? compose.services : {};
  const definition = services[service];
  return isObject(definition) && typeof definition.image === 'string' ? definition.image : undefined;
}
