import { srvNames } from '../federation/route.ts';

/** An SRV record, as the name and the value that a DNS provider asks for. */
interface SrvRecord {
  readonly name: string;
  readonly value: string;
}

/** Where the records lead to. */
interface ServicePlace {
  readonly host: string;
  readonly port: number;
}

/** The names of the SRV records by which other homeservers look for one. */
export function serviceNames(serverName: string): string[] {
  return Object.values(srvNames).map((service) => `${service}.${serverName}`);
}

/** The records by which others find a homeserver with this server name, and with nothing else: the older one is for servers before Matrix 1.8. */
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
