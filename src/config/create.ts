import type { Settings } from '../components/component.ts';
import { openTemplate, printDocument, setValues } from '../render/template.ts';
import { type Answers, noEmail } from './answers.ts';
import { mailSection } from './mail-answers.ts';

/** The text of a new matrix.yaml: commented, with these values in it. */
export function createConfigText(values: Settings): string {
  const document = openTemplate('matrix.yaml');
  setValues(document, values);
  return printDocument(document);
}

/** Name of the file, beside matrix.yaml, with the roots of a private certificate authority. */
export const rootsFile = 'roots.pem';

/** A server that the world can reach, as `init` was answered. */
export function publicConfigValues(answers: Answers): Settings {
  const { server_name, host = server_name, email, acme_directory, acme_roots } = answers;
  return {
    server_name,
    host,
    delegation: answers.delegation,
    ...mailValues(answers),
    traefik: {
      certificates: {
        email: email === noEmail ? undefined : email,
        ...(acme_directory === undefined ? {} : { directory: acme_directory }),
        ...(acme_roots === undefined ? {} : { roots: rootsFile }),
      },
    },
  };
}

/** A server on this machine, without a domain: reachable on loopback, with an authority of its own. */
export function localConfigValues(serverName: string, httpsPort: number, answers: Answers = {}): Settings {
  return {
    server_name: serverName,
    host: serverName,
    delegation: undefined,
    ...mailValues(answers),
    traefik: {
      certificates: { issuer: 'local', email: undefined },
      publish: { address: '127.0.0.1', https: httpsPort, http: null },
    },
  };
}

function mailValues(answers: Answers): Settings {
  const mail = mailSection(answers);
  return mail === undefined ? {} : { mail };
}
