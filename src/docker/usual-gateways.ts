import { isIPv4 } from 'node:net';

/** What the engine answers about the addresses of a network (Docker Engine API, NetworkInspect). */
export interface InspectedAddresses {
  readonly Config?:
    | readonly {
        readonly Subnet?: string | undefined;
        /** Absent in some engines unless somebody chose it. */
        readonly Gateway?: string | undefined;
        readonly IPRange?: string | undefined;
        readonly AuxiliaryAddresses?: Readonly<Partial<Record<string, string>>> | null | undefined;
      }[]
    | null
    | undefined;
}

/**
 * Whether the gateway of containers is the first address of each IPv4 subnet, and that address is the host's. This is
 * so unless somebody chose a gateway, a range that begins elsewhere, or another gateway than the host
 * (`DefaultGatewayIPv4` of the driver `bridge`).
 */
export function hasUsualGateways(addresses: InspectedAddresses | undefined): boolean {
  return (addresses?.Config ?? []).every(({ Subnet = '', Gateway, IPRange, AuxiliaryAddresses }) => {
    const network = lowestOf(Subnet);
    if (network === undefined) return true;
    if (Object.hasOwn(AuxiliaryAddresses ?? {}, 'DefaultGatewayIPv4')) return false;
    // An empty text is no choice either.
    if (Gateway) return numberOf(Gateway) === network + 1;
    return !IPRange || lowestOf(IPRange) === network;
  });
}

/** The lowest address of a range such as `172.18.0.0/16`, as a number; `undefined` for one of IPv6. */
function lowestOf(range: string): number | undefined {
  const address = numberOf(range);
  const size = 2 ** (32 - Number(range.split('/')[1]));
  return address === undefined ? undefined : address - (address % size);
}

/** An IPv4 address as a number, whatever follows it after a slash. */
function numberOf(text: string): number | undefined {
  const [address = ''] = text.split('/');
  if (!isIPv4(address)) return undefined;
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}
