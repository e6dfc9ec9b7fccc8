import { srvNames } from '../federation/route.ts';

/** An SRV record, as the name and the value that a DNS provider asks for. */
interface SrvRecord {
  readonly name: string;
  readonly value: string;
}

/** The host and the port that the records lead to. */
interface ServicePlace {
  readonly host: string;
  readonly port: number;
}

/** The names of the SRV records that other homeservers look up for a server name. */
export function serviceNames(serverName: string): string[] {
  return Object.values(srvNames).map((service) => `${service}.${serverName}`);
}

/**
 * The records that suffice for other homeservers to find the one with this server name. The older record is for
 * servers before Matrix 1.8.
 */
export function wantedServiceRecords(serverName: string, place: ServicePlace): SrvRecord[] {
  return serviceNames(serverName).map((name) => ({ name, value: valueFor(place) }));
}

/** The value of a record that leads to a place. */
export function valueFor({ host, port }: ServicePlace): string {
  return `10 5 ${port} ${host}.`;
}

/** A record as a zone file writes it. */
export function recordLine({ name, value }: SrvRecord): string {
  return `${name}. SRV ${value}`;
}
