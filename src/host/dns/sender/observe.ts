import { isIP } from 'node:net';
import type { Lookup, Network } from '../../network.ts';
import type { DkimSeen, DmarcSeen, SenderSeen } from './judge.ts';
import { isNested, isSpf, mostLookups, type SpfFacts, targetOf, termsOf } from './spf.ts';

/** Usual selectors of keys, from the documentation of mail providers, and the defaults of OpenDKIM and rspamd. */
const usualSelectors = [
  ...['default', 'dkim', 'mail', 'email', 'key1', 'k1', 'k2', 's1', 's2', 'selector1', 'selector2', 'google'],
  ...['fm1', 'protonmail', 'mailo', 'sig1', 'zoho', 'mxvault', 'mandrill', '20230601', 'x', 'smtp'],
];

type Names = Pick<Network, 'txt' | 'mx' | 'addresses'>;

interface Sender {
  /** The domain of the sender's address. */
  readonly domain: string;
  /** The mail server to which mail is handed over. */
  readonly relay: string;
  readonly dkimSelector: string | undefined;
}

/** Looks up what the DNS says about the senders of mail for a domain. */
export async function observeSender(
  { domain, relay, dkimSelector }: Sender,
  network: Names,
): Promise<SenderSeen> {
  const [spf, relayAddresses, dkim, dmarc] = await Promise.all([
    observeSpf(domain, network),
    isIP(relay) === 0 ? addressesOf(relay, network) : [relay],
    observeDkim(domain, dkimSelector, network),
    observeDmarc(domain, network),
  ]);
  return { domain, relay, relayAddresses, spf, dkim, dmarc };
}

async function observeSpf(domain: string, network: Names): Promise<SpfFacts> {
  const policies = new Map<string, Lookup<string>>();
  const addresses = new Map<string, readonly string[]>();
  const follow = async (name: string): Promise<void> => {
    if (policies.has(name) || policies.size > mostLookups) return;
    // Set before the answer is known, so that policies that include each other end.
    policies.set(name, { records: [] });
    policies.set(name, matching(await network.txt(name), isSpf));
    await Promise.all(
      termsOf(name, { policies }).map(async (term) => {
        const target = targetOf(term, name);
        if (target === undefined) return;
        if (isNested(term)) await follow(target);
        if (term.name === 'a') addresses.set(`a ${target}`, await addressesOf(target, network));
        if (term.name === 'mx') addresses.set(`mx ${target}`, await exchangesOf(target, network));
      }),
    );
  };
  await follow(domain);
  return { policies, addresses };
}

async function exchangesOf(domain: string, network: Names): Promise<string[]> {
  const found = await network.mx(domain);
  const names = 'records' in found ? found.records.slice(0, mostLookups) : [];
  return (await Promise.all(names.map((name) => addressesOf(name, network)))).flat();
}

async function addressesOf(name: string, network: Names): Promise<string[]> {
  const found = await Promise.all([network.addresses(name, 'A'), network.addresses(name, 'AAAA')]);
  return found.flatMap((lookup) => ('records' in lookup ? lookup.records : []));
}

async function observeDkim(domain: string, selector: string | undefined, network: Names): Promise<DkimSeen> {
  const asked = await Promise.all(
    (selector === undefined ? usualSelectors : [selector]).map(async (name) => {
      const at = `${name}._domainkey.${domain}`;
      return { at, found: matching(await network.txt(at), (text) => /(?:^|;)\s*p=/i.test(text)) };
    }),
  );
  return { isNamed: selector !== undefined, asked };
}

/** The domain's own record, or that of the nearest domain above that has one (RFC 7489, section 6.6.3). */
async function observeDmarc(domain: string, network: Names): Promise<DmarcSeen> {
  const at = `_dmarc.${domain}`;
  const found = matching(await network.txt(at), (text) => /^v=DMARC1\s*(?:;|$)/i.test(text));
  const above = domain.split('.').slice(1);
  return 'records' in found && found.records.length === 0 && above.length > 1
    ? { ...(await observeDmarc(above.join('.'), network)), isOwn: false }
    : { at, found, isOwn: true };
}

function matching(found: Lookup<string>, isMeant: (text: string) => boolean): Lookup<string> {
  return 'records' in found ? { records: found.records.filter(isMeant) } : found;
}
