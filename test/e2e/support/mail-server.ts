import { testedImage } from '../../../src/releases/releases.ts';
import type { Host } from '../../lab/host.ts';
import { copyWheels } from './wheels.ts';

/** Takes mail from one account only, and says each mail that it took, a line of JSON each. */
const program = `
import email
import json
import os
import time
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

ACCOUNT = (os.environ["ACCOUNT"].encode(), os.environ["PASSWORD"].encode())

def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == ACCOUNT)

class Mailbox:
    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content)
        parts = [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]
        content = "\\n".join(part.decode() for part in parts)
        print(json.dumps({"to": envelope.rcpt_tos, "content": content}), flush=True)
        return "250 OK"

Controller(
    Mailbox(), hostname="0.0.0.0", port=2525,
    authenticator=authenticate, auth_required=True, auth_require_tls=False,
).start()
print("ready", flush=True)
while True:
    time.sleep(3600)
`;

interface Mail {
  readonly to: readonly string[];
  readonly content: string;
}

/** A mail server in a container on a deployment's network, where it is called "mail" and listens on port 2525. */
export interface MailServer {
  /** All that it has taken so far. */
  mails(): Promise<Mail[]>;
}

/** Starts a real SMTP server that nobody sends through who does not log in. */
export async function startMailServer(
  host: Host,
  { network, account, password }: { network: string; account: string; password: string },
): Promise<MailServer> {
  await copyWheels(host, 'mail-server', ['aiosmtpd==1.4.6'], '/srv/mail');
  await host.writeFile('/srv/mail/server.py', program);
  const image = testedImage('synapse');
  const environment = ['--env', `ACCOUNT=${account}`, '--env', `PASSWORD=${password}`];
  const place = ['--network', network, '--network-alias', 'mail', '--volume', '/srv/mail:/srv/mail:ro'];
  const how = ['--detach', '--name', 'mail', '--entrypoint', 'python3', '--env', 'PYTHONPATH=/srv/mail'];
  await host.run(['docker', 'run', ...how, ...environment, ...place, image, '/srv/mail/server.py']);
  return {
    async mails() {
      const log = await host.run(['docker', 'logs', 'mail']);
      return log
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line));
    },
  };
}
