import type { MailAccount } from '../../components/mail/account.ts';
import type { Sending } from '../../components/mail/sending.ts';
import { homeserver } from '../../components/synapse/listener.ts';
import type { Engine } from '../../docker/engine.ts';
import { ConfigError, UserError } from '../../errors.ts';
import { lastLines } from '../../host/text.ts';
import { layout } from '../../layout.ts';
import { readTemplate } from '../../render/template.ts';
import { type Secret, withoutSecrets } from '../../secrets/secret.ts';
import type { Stack } from '../../stack/stack.ts';
import { readGivenSecret } from '../../state/given-secrets.ts';

/** How long each step of the conversation may take, in seconds. */
const stepSeconds = 10;

/** A mail to send. */
export interface Message {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

interface Sender {
  readonly account: MailAccount;
  /** Absent where the account needs none. */
  readonly password: Secret | undefined;
}

/** The homeserver whose container sends mail. */
export interface From {
  readonly engine: Pick<Engine, 'containers' | 'exec'>;
  readonly stack: Pick<Stack, 'project'>;
  /** What the waits are multiplied by. */
  readonly patience?: number | undefined;
}

/**
 * The password of a mail account.
 *
 * @throws ConfigError where nobody has set it
 */
export async function readMailPassword(
  directory: string,
  { login }: Pick<MailAccount, 'login'>,
): Promise<Secret | undefined> {
  if (login === undefined) return undefined;
  const password = await readGivenSecret(directory, login.secret);
  if (password === undefined) {
    throw new ConfigError(`${layout.config} names a secret that is not set: ${login.secret}`, {
      code: 'config.secret',
      details: [`${login.secret}: mail.password`],
      hint: `Run \`matrix-deploy secrets set ${login.secret}\`, then this command again.`,
    });
  }
  return password;
}

/**
 * Connects to the mail server from within the homeserver's container, since mail is sent from there, with the routes,
 * the name resolution and the trusted CAs of the container. Logs in, and sends the message if there is one.
 *
 * @throws UserError if the homeserver does not run, or if its image has no Python that can do this
 */
export async function trySending(
  { account, password }: Sender,
  message: Message | undefined,
  { engine, stack, patience = 1 }: From,
): Promise<Sending> {
  const container = (await engine.containers(stack.project)).find(
    ({ service, state }) => service === homeserver.service && state === 'running',
  );
  if (container === undefined) {
    throw new UserError('the homeserver does not run, and it is from its container that mail is sent', {
      code: 'matrix.down',
      hint: 'Nothing was sent. Start it with `matrix-deploy apply`; see `matrix-deploy status`.',
    });
  }
  const { exitCode, stdout, stderr } = await engine.exec(container.id, {
    command: ['python3', '-'],
    input: programFor({ account, password }, message, stepSeconds * patience),
  });
  const seen = exitCode === 0 ? parseSending(stdout) : undefined;
  if (seen === undefined) {
    const secrets = password === undefined ? [] : [password];
    throw new UserError("the mail server could not be tried from the homeserver's container", {
      code: 'mail.try',
      details: lastLines(withoutSecrets(stderr, secrets)),
    });
  }
  return seen;
}

/**
 * The program, with its parameters in the first line. It is sent to standard input, since it has a password in it.
 */
function programFor({ account, password }: Sender, message: Message | undefined, seconds: number): string {
  const { host, port, tls, login, sender, address } = account;
  const given = {
    host,
    port,
    tls,
    user: login?.user ?? null,
    password: password?.reveal() ?? null,
    seconds,
    message: message === undefined ? null : { ...message, from: sender, sender: address },
  };
  // A string in JSON is also a string in Python: encoding the JSON text once more gives a literal of it.
  const literal = JSON.stringify(JSON.stringify(given));
  return `import json; MAIL = json.loads(${literal})\n${readTemplate('synapse/send_mail.py')}`;
}

function parseSending(text: string): Sending | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
