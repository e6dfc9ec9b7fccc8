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

/** What of the host tells which release has made its data. */
export type ObservedReleases = Pick<ObservedState, 'files' | 'data' | 'dataReleases' | 'isInstalled'>;

type Described = Pick<Stack, 'data' | 'services' | 'transfers'>;

/** Data that the program that is wanted cannot use. */
interface OtherRelease {
  readonly data: DataSpec & { readonly release: DataRelease };
  /** The release that made it, and the one that is wanted. */
  readonly there: string;
  readonly wanted: string;
  /** How it gets there, where there is a way: to a newer release, from a server that has served. */
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
    // The program that can read it is the one in the image of before.
    const isReadable = observed.isInstalled && (release.of(before) ?? there) === there && before !== '';
    const isNewer = compareVersions(wanted, there) > 0;
    const transfer = isReadable && isNewer ? transfers.find((one) => one.data === path) : undefined;
    return [{ data: { ...spec, release }, there, wanted, transfer }];
  });
}

/**
 * Refuses an image whose program cannot use the data that another release of it has made, and to which there is no way: it
 * would not start, after what served has been stopped.
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
 * @param transferred paths of data of which it is known that it has been
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
 * Refuses an image whose program does not start with what the image before it has left.
 *
 * @throws ConfigError with what the service knows of it.
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

/** What is to be said of images that follow others: for every service that was started before with another one. */
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
    `${setting} is ${image}, but ${path} was made by release ${there}, and release ${wanted} cannot use it`,
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
