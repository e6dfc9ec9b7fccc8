import { failed, type Judgement, passed, unverified } from '../host/judgement.ts';
import type { Network } from '../host/network.ts';

/** Registries that a host with IPv6 only cannot reach by itself. */
export interface UnreachedRegistries {
  readonly hosts: readonly string[];
  /** Whether the engine's settings have a mirror or a proxy, through which it pulls images. */
  readonly pullsIndirectly: boolean;
}

interface RegistryReach {
  readonly network: Pick<Network, 'addresses'>;
  pullsIndirectly(): Promise<boolean>;
}

/**
 * Finds the registries of these images for which this host's resolvers give no IPv6 address.
 *
 * @returns `undefined` if there are no images
 */
export async function findUnreached(
  images: readonly string[],
  { network, pullsIndirectly }: RegistryReach,
): Promise<UnreachedRegistries | undefined> {
  const registries = [...new Set(images.map(registryOf))];
  if (registries.length === 0) return undefined;
  // The check `resolution` reports a resolver that does not answer.
  const hosts = await Promise.all(
    registries.map(async (host) => {
      const answer = await network.addresses(host, 'AAAA');
      return 'records' in answer && answer.records.length === 0 ? [host] : [];
    }),
  );
  return { hosts: hosts.flat(), pullsIndirectly: await pullsIndirectly() };
}

/** @param unreached `undefined` where no image has to be pulled, or this host has IPv4 */
export function judgeRegistries(unreached: UnreachedRegistries | undefined): Judgement[] {
  if (unreached === undefined) return [];
  const { hosts, pullsIndirectly } = unreached;
  if (hosts.length === 0) return [passed('the registries have IPv6')];
  const seen = `this host has IPv6 only, and ${hosts.join(' and ')} ${hosts.length === 1 ? 'has' : 'have'} no IPv6 address`;
  return pullsIndirectly
    ? [unverified(`${seen}: images come only by the mirror or the proxy of the Docker engine`)]
    : [failed(`${seen}: images cannot be pulled from there`, wayToIpv4)];
}

/** What an operator can do if the host has IPv6 only and a registry has IPv4 only. */
const wayToIpv4 =
  'Ask your provider for name servers with DNS64 and NAT64, which lead to IPv4; or name an image on a registry with IPv6, such as Docker Hub; or bring it: `docker save` on another machine, `docker load` here.';

/** The registry that an image is pulled from, by the rule of Docker's references. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && /[.:]/.test(first) ? first.replace(/:\d+$/, '') : 'registry-1.docker.io';
}
