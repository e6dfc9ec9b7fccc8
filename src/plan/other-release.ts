import type { DataSpec } from '../components/data.ts';
import type { Succession } from '../components/service.ts';
import { ConfigError } from '../errors.ts';
import { composeFile } from '../stack/compose-file.ts';
import type { Stack } from '../stack/stack.ts';
import type { ObservedState } from '../state/observed-state.ts';
import { isRecord, parseFound } from './found-yaml.ts';

type Observed = Pick<ObservedState, 'files' | 'data' | 'dataReleases' | 'hasServed'>;

/**
 * Refuses an image whose program cannot use the data that another release of it has made: it would not start, after what
 * served has been stopped.
 *
 * @throws ConfigError naming both releases.
 */
export function refuseOtherRelease({ data, services }: Stack, observed: Observed): void {
  for (const { path, release } of data) {
    if (release === undefined || !observed.data.has(path)) {
      continue;
    }
    const owner = services.find(({ mounts }) => mounts.some(({ source }) => source === path));
    const there = observed.dataReleases[path] ?? release.of(imageBefore(owner?.name ?? '', observed) ?? '');
    const wanted = release.of(release.image);
    if (there !== undefined && wanted !== undefined && there !== wanted) {
      throw otherRelease(path, release, there, wanted);
    }
  }
}

/**
 * Refuses an image whose program does not start with what the image before it has left.
 *
 * @throws ConfigError with what the service knows of it.
 */
export function refuseSuccession(stack: Stack, observed: Observed): void {
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
  observed: Pick<ObservedState, 'files' | 'hasServed'>,
): Succession[] {
  return services.flatMap((service) => {
    const before = observed.hasServed ? imageBefore(service.name, observed) : undefined;
    return (before !== undefined && service.succeeds?.(before)) || [];
  });
}

function otherRelease(
  path: string,
  { setting, image, remedy }: NonNullable<DataSpec['release']>,
  there: string,
  wanted: string,
): ConfigError {
  return new ConfigError(
    `${setting} is ${image}, but ${path} was made by release ${there}, and release ${wanted} cannot use it`,
    {
      code: 'config.release',
      hint: `Set ${setting} to an image of release ${there}. ${remedy} Nothing was changed.`,
    },
  );
}

/** The image that a service was last started with, as docker-compose.yml has it. */
export function imageBefore(service: string, { files }: Pick<Observed, 'files'>): string | undefined {
  const compose = parseFound(files[composeFile]);
  const services = isRecord(compose) && isRecord(compose.services) ? compose.services : {};
  const definition = services[service];
  return isRecord(definition) && typeof definition.image === 'string' ? definition.image : undefined;
}
