import { failed, type Judgement, passed, unverified } from '../host/judgement.ts';
import type { Network } from '../host/network.ts';

/** Registries that this host cannot go to, and what may help. */
export interface UnreachedRegistries {
  readonly hosts: readonly string[];
  /** Does the engine pull images through a mirror or a proxy of its settings? */
  readonly pullsIndirectly: boolean;
}

interface RegistryReach {
  readonly network: Pick<Network, 'addresses'>;
  pullsIndirectly(): Promise<boolean>;
}

/** Of the registries of these images, those that have no address of IPv6 by this host's resolvers; `undefined` where there is no image. */
export async function findUnreached(
  images: readonly string[],
  { network, pullsIndirectly }: RegistryReach,
): Promise<UnreachedRegistries | undefined> {
  const registries = [...new Set(images.map(registryOf))];
  if (registries.length === 0) return undefined;
  // Not to get an answer is what the check of the resolution tells.
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

/** What an operator without IPv4 can do where an image is published by IPv4 only. */
const wayToIpv4 =
  'Ask your provider for name servers with DNS64 and NAT64, which lead to IPv4; or name an image on a registry with IPv6, such as Docker Hub; or bring it: `docker save` on another machine, `docker load` here.';

/** The registry that an image is pulled from, by the rule of Docker's references. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && /[.:]/.test(first) ? first.replace(/:\d+$/, '') : 'registry-1.docker.io';
}
