import type { NameSight } from '../config/name-sight.ts';
import type { Context } from '../context.ts';
import { CancelledError } from '../errors.ts';
import { parseServerName } from '../identifiers/server-name.ts';
import { serviceNames } from '../stack/delegation-records.ts';
import { locate, lookAt, openAsking, webParty } from './check/asking.ts';

/**
 * Looks what answers on a server name, before anything is set up.
 *
 * @returns `undefined` where it cannot be told
 * @throws CancelledError when it was interrupted
 */
export async function lookAtName(
  name: string,
  context: Pick<Context, 'surroundings' | 'interrupt' | 'patience'>,
): Promise<NameSight | undefined> {
  const server = parseServerName(name);
  if (server === undefined) return undefined;
  try {
    const [{ machine, network }, asking] = await Promise.all([
      context.surroundings(),
      openAsking({ roots: undefined, isOwn: true }, context),
    ]);
    const [{ addresses: found, failure }, ...services] = await Promise.all([
      locate(server, ['public', 'private'], asking),
      ...serviceNames(name).map((service) => network.srv(service)),
    ]);
    const addresses = found.map(({ address }) => address);
    const leadsHere = addresses.some((address) => machine.addresses().includes(address));
    const sightings = leadsHere
      ? []
      : await Promise.all(addresses.map((address) => lookAt(address, webParty(server), '/', asking)));
    return {
      name,
      addresses,
      leadsHere,
      answers: sightings.some(({ answer }) => answer !== undefined),
      hasServiceRecords: services.some((answer) => 'records' in answer && answer.records.length > 0),
      failure,
    };
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return undefined;
  }
}
