import { isIP } from 'node:net';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Context } from '../context.ts';
import type { DnsReport } from '../host/dns/report.ts';
import { declareCommand, endWithFindings, inSession, type Session } from './command.ts';
import { parseMinutes } from './minutes.ts';

interface Flags {
  readonly zone?: boolean;
  readonly watch?: boolean;
  readonly timeout: number;
  readonly resolver?: readonly string[];
}

export function declareDns(program: Command, context: Context): void {
  declareCommand(
    program,
    'dns',
    'compare the DNS records that the server needs with the published ones; exit code 8 if something is wrong',
    {
      'matrix-deploy dns': '',
      'matrix-deploy dns --zone': 'to paste at your DNS provider',
      'matrix-deploy dns --watch': 'after a change, until all resolvers see it',
    },
  )
    .option('--zone', 'print a snippet for a zone file')
    .option('--watch', 'check again until nothing is wrong, and print each change')
    .addOption(new Option('--timeout <minutes>', 'how long --watch runs').argParser(parseMinutes).default(30))
    .addOption(
      new Option(
        '--resolver <address>',
        'resolver to ask instead of 1.1.1.1, 8.8.8.8 and 9.9.9.9; can be repeated',
      ).argParser((text: string, before: readonly string[] | undefined) => [
        ...(before ?? []),
        parseAddress(text),
      ]),
    )
    .action(inSession('dns', context, dns));
}

async function dns({ context, flags, directory, reporter, style, answer }: Session<Flags>): Promise<void> {
  const { loadConfig } = await import('../state/load-config.ts');
  const { openDns } = await import('../procedures/dns.ts');
  const { lookUntilRight } = await import('../procedures/look-again.ts');
  const { answerTeller, describeDns, describeZone } = await import('../output/dns.ts');
  const { config } = await loadConfig(directory, context);
  const look = await openDns({ directory, config, resolvers: flags.resolver }, context);
  const tell = flags.watch ? answerTeller((await reporter()).say) : undefined;
  const report: DnsReport =
    tell === undefined
      ? await look()
      : await lookUntilRight(look, { minutes: flags.timeout, onReport: tell }, context);
  const zone = describeZone(report);
  answer(flags.zone ? zone : describeDns(report, await style()), { ...report, zone: `${zone.join('\n')}\n` });
  endWithFindings(context, report.findings);
}

function parseAddress(text: string): string {
  if (isIP(text) === 0) {
    throw new InvalidArgumentError('It must be an IPv4 or IPv6 address.');
  }
  return text;
}
