import { chosenDelegation, type DelegationKind, describeDelegation } from '../components/delegation.ts';
import { type Answers, noneAnswer } from '../config/answers.ts';
import { userIdOf } from '../identifiers/user-id.ts';
import { recordLine, wantedServiceRecords } from '../stack/delegation-records.ts';
import { alignColumns } from './table.ts';

const httpsPort = 443;

/** What `init` will set up from the answers, before anything is done. */
export function describeReview(answers: Answers): string[] {
  const { server_name = '', host = server_name, admin = '' } = answers;
  const names = { ...answers, server_name, host };
  const certifiesElsewhere = answers.challenge === 'dns-update' || answers.challenge === 'dns-program';
  const { clientUrl, leading, ledBy, isElsewhere } = describeDelegation(names, {
    httpsPort,
    certifiesElsewhere,
  });
  const ways: Record<DelegationKind, string> = {
    none: 'none: the server name itself',
    'well-known': `well-known: ${server_name} leads there`,
    elsewhere: `elsewhere: the site at ${server_name} leads there`,
    srv: `srv: SRV records of ${server_name} lead there`,
    'port-8448': `port 8448 of ${server_name}`,
  };
  // The older record is for old servers only: `dns` shows it.
  const [record] = wantedServiceRecords(server_name, { host, port: httpsPort });
  return [
    ...alignColumns([
      ['  user IDs', `${userIdOf('you', server_name)}, permanently`],
      ['  address', clientUrl],
      ['  delegation', ways[chosenDelegation(names)]],
      ...describeFront(answers),
      ['  admin', userIdOf(admin, server_name)],
      ['  start', answers.start ? 'now' : 'not yet: only matrix.yaml is written'],
    ]),
    '',
    'DNS records that must lead to this machine (A for IPv4, AAAA for IPv6):',
    ...leading.map((name) => `  ${name}`),
    ...(ledBy === 'records' && record !== undefined
      ? ['and one that leads other homeservers here:', `  ${recordLine(record)}`]
      : []),
    ...(isElsewhere
      ? [
          ledBy === 'records'
            ? `Apps look for a document on ${server_name}, which is shown at the end.`
            : `The site at ${server_name} must serve two documents, which are shown at the end.`,
        ]
      : []),
  ];
}

function describeFront(answers: Answers): string[][] {
  switch (answers.edge) {
    case 'host-proxy':
      return [['  proxy', 'the proxy of this machine, with its certificates']];
    case 'traefik':
      return [['  proxy', `the Traefik on the network ${answers.traefik_network}, with its certificates`]];
    default:
      return [['  certificates', describeCa(answers)]];
  }
}

function describeCa({
  challenge = 'tls-alpn',
  email = noneAnswer,
  acme_directory = "Let's Encrypt",
}: Answers): string {
  const proofs: Record<NonNullable<Answers['challenge']>, string> = {
    'tls-alpn': 'on port 443',
    http: 'on port 80',
    'dns-update': 'by an update of the zone',
    'dns-program': 'by a program that sets DNS records',
  };
  const proof = `by ${acme_directory}, checked ${proofs[challenge]}`;
  return email === noneAnswer ? proof : `${proof}, with ${email}`;
}
