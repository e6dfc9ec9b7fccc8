import { chosenDelegation, type DelegationKind, describeDelegation } from '../components/delegation.ts';
import { type Answers, noneAnswer } from '../config/answers.ts';
import { recordLine, wantedServiceRecords } from '../stack/delegation-records.ts';
import { alignColumns } from './table.ts';

const standardPort = { address: '0.0.0.0', httpsPort: 443 };

/** What answers of `init` come to, before anything is done. */
export function describeReview(answers: Answers): string[] {
  const { server_name = '', host = server_name, admin } = answers;
  const names = { ...answers, server_name, host };
  const { clientUrl, leading, ledBy, isElsewhere } = describeDelegation(names, standardPort);
  const ways: Record<DelegationKind, string> = {
    none: 'none: the server name itself',
    'well-known': `well-known: ${server_name} leads there`,
    elsewhere: `elsewhere: the site at ${server_name} leads there`,
    srv: `srv: SRV records of ${server_name} lead there`,
    'port-8448': `port 8448 of ${server_name}`,
  };
  return [
    ...alignColumns([
      ['  user IDs', `@you:${server_name}, for good`],
      ['  address', clientUrl],
      ['  delegation', ways[chosenDelegation(names)]],
      ...describeFront(answers),
      ['  admin', `@${admin}:${server_name}`],
      ['  start', answers.start ? 'now' : 'not yet: only matrix.yaml is written'],
    ]),
    '',
    'DNS records that must lead to this machine (A for IPv4, AAAA for IPv6):',
    ...leading.map((name) => `  ${name}`),
    ...(ledBy === 'records'
      ? [
          'and those that lead other homeservers here:',
          ...wantedServiceRecords(server_name, { host, port: standardPort.httpsPort }).map(
            (record) => `  ${recordLine(record)}`,
          ),
        ]
      : []),
    ...(isElsewhere
      ? [`The site at ${server_name} must serve two documents, which are shown at the end.`]
      : []),
  ];
}

function describeFront(answers: Answers): string[][] {
  switch (answers.edge) {
    case 'host-proxy':
      return [['  in front', 'the proxy of this machine, with its certificates']];
    case 'traefik':
      return [['  in front', `the Traefik on the network ${answers.traefik_network}, with its certificates`]];
    default:
      return [['  certificates', describeCa(answers)]];
  }
}

function describeCa({ email = noneAnswer, acme_directory = "Let's Encrypt" }: Answers): string {
  return `by ${acme_directory}, ${email === noneAnswer ? 'without an email address' : `with ${email}`}`;
}
