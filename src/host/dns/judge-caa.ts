import type { CaaRecord } from 'node:dns';
import type { Challenge } from '../../components/traefik/certificates.ts';
import { failed, type Judgement, passed, unverified } from '../judgement.ts';

/** The CAA records that apply to a name, and the name that has them. */
export type CaaFacts =
  | { readonly at: string; readonly records: readonly CaaRecord[] }
  | { readonly failure: string };

/**
 * The names of CAs in CAA records, from their documentation, by the domain of their ACME directory. They are used if
 * the directory itself does not announce any (RFC 8555, section 9.7.6).
 */
const identities: Readonly<Record<string, readonly string[]>> = {
  'letsencrypt.org': ['letsencrypt.org'],
  'zerossl.com': ['sectigo.com'],
  'pki.goog': ['pki.goog'],
  'buypass.com': ['buypass.com'],
};

/** The names of a directory's CA in CAA records: the announced ones, or else the known ones; none if unknown. */
export function identitiesOf(directory: string, announced: readonly string[]): readonly string[] {
  const { hostname } = new URL(directory);
  const domain = Object.keys(identities).find((each) => hostname.endsWith(`.${each}`));
  return announced.length > 0 ? announced : (identities[domain ?? ''] ?? []);
}

interface Request {
  readonly name: string;
  readonly authority: readonly string[];
  readonly challenge: Challenge;
}

/** Judges whether the CA may issue certificates for a name (RFC 8659), by this challenge (RFC 8657). */
export function judgeCaa({ name, authority, challenge }: Request, facts: CaaFacts): Judgement {
  if ('failure' in facts) {
    return unverified(`the CAA records of ${name} could not be asked for (${facts.failure})`);
  }
  const permissions = facts.records.flatMap(({ issue }) => (issue === undefined ? [] : [parseIssue(issue)]));
  if (permissions.length === 0) {
    return passed(`every CA may issue certificates for ${name}`);
  }
  if (authority.length === 0) {
    return unverified(
      `CAA records of ${facts.at} list the CAs that may issue certificates for ${name}; how they name your CA is not known`,
      'See the documentation of your CA.',
    );
  }
  const permits = ({ issuer, methods }: Permission) =>
    authority.includes(issuer) && (methods?.includes(`${challenge}-01`) ?? true);
  return permissions.some(permits)
    ? passed(`CAA records of ${facts.at} let ${authority.join(', ')} issue certificates for ${name}`)
    : failed(
        `CAA records of ${facts.at} do not let ${authority.join(', ')} issue certificates for ${name} by ${challenge}-01`,
        `Add at your DNS provider: \`${facts.at}. CAA 0 issue "${authority[0]}"\`.`,
      );
}

interface Permission {
  /** Empty if no CA may issue. */
  readonly issuer: string;
  /** The validation methods that are allowed; `undefined` if all are. */
  readonly methods: readonly string[] | undefined;
}

/** The value of an `issue` property: `ca.example; validationmethods=http-01,dns-01`. */
function parseIssue(value: string): Permission {
  const [issuer = '', ...parameters] = value.split(';').map((part) => part.trim());
  const methods = parameters.flatMap((parameter) => /^validationmethods=(.*)$/.exec(parameter)?.[1] ?? [])[0];
  return { issuer: issuer.toLowerCase(), methods: methods?.split(',') };
}

/** The names to ask for CAA records, one after the other, until one has some: the name itself, then those above it. */
export function climb(name: string): string[] {
  const labels = name.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}
