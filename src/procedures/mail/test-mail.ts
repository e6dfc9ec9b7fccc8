import { planDeployment } from '../../apply/deployment.ts';
import { mailAccount } from '../../components/mail/account.ts';
import { judgeSending } from '../../components/mail/judge-sending.ts';
import type { SendingCode } from '../../components/mail/sending.ts';
import type { Config } from '../../config/schema.ts';
import type { Context } from '../../context.ts';
import { ConfigError } from '../../errors.ts';
import { judgeSenderDomain, type SenderCode } from '../../host/dns/sender/judge.ts';
import { observeSender } from '../../host/dns/sender/observe.ts';
import { type Judgement, warning } from '../../host/judgement.ts';
import { layout } from '../../layout.ts';
import { unlockedStack } from '../../stack/stack.ts';
import { readMailPassword, trySending } from './send.ts';

interface MailFinding extends Judgement {
  readonly code: SendingCode | SenderCode | 'not-applied';
}

/** The result of sending a test message. */
export interface MailReport {
  readonly to: string;
  readonly from: string;
  readonly host: string;
  readonly port: number;
  /** Whether the mail server has accepted the message. Only its recipient can see whether it arrives. */
  readonly taken: boolean;
  /** The version of TLS; `null` without. */
  readonly tls: string | null;
  readonly loggedIn: boolean;
  readonly findings: readonly MailFinding[];
}

interface Request {
  readonly directory: string;
  readonly config: Config;
  readonly to: string;
  /** The DKIM selector: the name below `_domainkey` that has the public key. `undefined` to try the usual ones. */
  readonly dkimSelector: string | undefined;
}

/**
 * Sends a message as the homeserver does, with the settings of matrix.yaml, and judges the DNS records of the
 * sender's domain.
 *
 * @throws ConfigError if no mail server or no password is set; UserError if the homeserver does not run
 */
export async function testMail(
  { directory, config, to, dkimSelector }: Request,
  context: Pick<Context, 'connectEngine' | 'surroundings' | 'clock' | 'patience'>,
): Promise<MailReport> {
  const account = mailAccount(config.mail);
  if (account === undefined) throw noMail(config);
  const password = await readMailPassword(directory, account);
  const [engine, { network }] = await Promise.all([context.connectEngine(), context.surroundings()]);
  const stack = unlockedStack(config);
  const message = {
    to,
    subject: `Test of the mail of ${config.server_name}`,
    text: `This message was sent by \`matrix-deploy mail test\`.\n\nThe Matrix homeserver of ${config.server_name} can send mail, such as links to reset a password.\n`,
  };
  const domain = account.address.slice(account.address.lastIndexOf('@') + 1).toLowerCase();
  const [sending, sender, isPending] = await Promise.all([
    trySending({ account, password }, message, { engine, stack, patience: context.patience }),
    observeSender({ domain, relay: account.host, dkimSelector }, network),
    isUnapplied({ directory, config, engine, clock: context.clock }),
  ]);
  const fault = judgeSending(sending, account);
  return {
    to,
    from: account.sender,
    host: account.host,
    port: account.port,
    taken: fault === undefined,
    tls: sending.tls,
    loggedIn: sending.loggedIn,
    findings: [
      ...(fault === undefined ? [] : [{ ...fault, verdict: 'failed' as const }]),
      ...judgeSenderDomain(sender),
      ...(isPending
        ? [
            {
              code: 'not-applied' as const,
              ...warning(
                `${layout.config} or a secret was changed, and the homeserver does not send by that yet`,
                'Run `matrix-deploy apply`.',
              ),
            },
          ]
        : []),
    ],
  };
}

async function isUnapplied(deployment: Parameters<typeof planDeployment>[0]): Promise<boolean> {
  return planDeployment(deployment).then(
    ({ plan }) => plan.length > 0,
    () => true,
  );
}

function noMail({ synapse }: Config): ConfigError {
  return new ConfigError(`${layout.config} names no mail server`, {
    code: 'config.mail',
    hint:
      synapse.overrides.email === undefined
        ? 'Set mail.host and mail.sender, as docs/mail.md shows. Nothing was sent.'
        : 'matrix-deploy does not read synapse.overrides.email: move it to the section mail, as docs/mail.md shows. Nothing was sent.',
  });
}
