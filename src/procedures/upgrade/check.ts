import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { imageSource } from '../../docker/image-reference.ts';
import { RegistryError } from '../../docker/registry.ts';
import { layout } from '../../layout.ts';
import { chosenImages } from '../../plan/wanted-images.ts';
import { gatesBetween, newestSet } from '../../releases/lookup.ts';
import { type NewerTag, newerTags, unfitImage } from '../../releases/newer.ts';
import type { ImagePart } from '../../releases/parts.ts';
import type { ReleaseDocument, UpgradeGate } from '../../releases/release-document.ts';
import { compareVersions } from '../../releases/versions.ts';
import { describeStack } from '../../stack/stack.ts';
import { loadConfig } from '../../state/load-config.ts';
import { readRecord } from '../../state/records.ts';
import { type KnownReleases, knownReleases } from '../releases/known.ts';

type Ports = Pick<Context, 'components' | 'clock' | 'openRegistry' | 'releaseKeys'>;

/** What is available for one part of the stack. */
export interface PartCheck {
  readonly part: ImagePart;
  /** As matrix.yaml has it. */
  readonly image: string;
  /** The services that run it, and would be replaced. */
  readonly services: readonly string[];
  /** Why the running version must no longer run: it needs a security release. `null` where it may run. */
  readonly unfit: string | null;
  /** The tag in the newest tested set where newer than the running one; else `null`, as for a mirror or own image. */
  readonly tested: string | null;
  /** Newer tags in the registry, the newest first. */
  readonly newer: readonly NewerTag[];
  /** Digests from the registry, by tag: of the running, the tested and the newest version. */
  readonly digests: Readonly<Record<string, string>>;
  /** Whether the tag now refers to another image than the locked one; `null` where that is unknown. */
  readonly rebuilt: boolean | null;
  /** The gates that an upgrade to the tested version passes. */
  readonly gates: readonly UpgradeGate[];
  /** Why the registry could not be asked; `null` where it has answered. */
  readonly trouble: string | null;
}

/** What an upgrade would bring. The check pulls and changes nothing. */
export interface UpgradeCheck {
  readonly known: Pick<KnownReleases, 'source' | 'isExpired'> & Pick<ReleaseDocument, 'serial' | 'expires'>;
  /** The newest tested set. */
  readonly set: string;
  /** Whether any part has a newer tested version, or runs a version that must no longer run. */
  readonly isDue: boolean;
  /** The parts that need a security release come first. */
  readonly parts: readonly PartCheck[];
}

/**
 * Compares the images of a deployment with the release document and with the registries.
 *
 * @throws CancelledError; the result tells of a registry that does not answer
 */
export async function checkUpgrade(directory: string, context: Ports): Promise<UpgradeCheck> {
  const [{ config }, lock, known] = await Promise.all([
    loadConfig(directory, context),
    readRecord(join(directory, layout.imageLock)),
    knownReleases(directory, context),
  ]);
  const { services } = describeStack(config, lock);
  const { document, source, isExpired } = known;
  const hosts = registries(context);
  try {
    const checks = await Promise.all(
      Object.entries(chosenImages(config)).map(async ([name, image]): Promise<PartCheck> => {
        const part = name as ImagePart;
        const own = services.filter((service) => service.image.split('@')[0] === image);
        const about = judge(document, part, image);
        const asked = await ask(hosts, { part, image, tested: about.tested }, document);
        const digest = asked.digests[imageSource(image).tag];
        return {
          ...{ part, image, services: own.map(({ name }) => name), ...about, ...asked },
          rebuilt: digest === undefined || lock[image] === undefined ? null : digest !== lock[image],
        };
      }),
    );
    return {
      known: { source, isExpired, serial: document.serial, expires: document.expires },
      set: newestSet(document).name,
      isDue: checks.some(({ unfit, tested }) => unfit !== null || tested !== null),
      parts: checks.toSorted((one, other) => Number(other.unfit !== null) - Number(one.unfit !== null)),
    };
  } finally {
    await hosts.close();
  }
}

/** What the release document says about the running version. Makes no requests. */
function judge(
  document: ReleaseDocument,
  part: ImagePart,
  image: string,
): Pick<PartCheck, 'unfit' | 'tested' | 'gates'> {
  const { tag } = imageSource(image);
  const { image: name, tag: newest } = newestSet(document).images[part];
  // For an image of another name, `upgrade` does not know the tested version either.
  const isNewer = image === `${name}:${tag}` && /^v?\d/.test(tag) && compareVersions(newest, tag) > 0;
  return {
    unfit: unfitImage(document, image) ?? null,
    tested: isNewer ? newest : null,
    gates: isNewer ? gatesBetween(document, part, tag, newest) : [],
  };
}

async function ask(
  hosts: ReturnType<typeof registries>,
  { part, image, tested }: Pick<PartCheck, 'part' | 'image' | 'tested'>,
  document: ReleaseDocument,
): Promise<Pick<PartCheck, 'newer' | 'digests' | 'trouble'>> {
  const { registry, repository: name, tag } = imageSource(image);
  const digests: Record<string, string> = {};
  try {
    const repository = (await hosts.open(registry)).repository(name);
    const resolve = async (one: string) => {
      const digest = await repository.digest(one);
      if (digest !== undefined) digests[one] = digest;
    };
    const [tags] = await Promise.all([
      repository.tags(),
      ...[...new Set([tag, ...(tested === null ? [] : [tested])])].map(resolve),
    ]);
    const newer = newerTags(document, part, tag, tags);
    const newest = newer[0]?.tag;
    if (newest !== undefined && !(newest in digests)) await resolve(newest);
    return { newer, digests, trouble: null };
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return { newer: [], digests, trouble: error.message };
  }
}

/** One connection for all images of a registry. */
function registries({ openRegistry }: Pick<Context, 'openRegistry'>) {
  const open = new Map<string, ReturnType<Context['openRegistry']>>();
  return {
    open(host: string) {
      const registry = open.get(host) ?? openRegistry(host);
      open.set(host, registry);
      return registry;
    },
    async close() {
      for (const registry of await Promise.allSettled(open.values())) {
        if (registry.status === 'fulfilled') registry.value.close();
      }
    },
  };
}
