import type { Settings } from '../components/component.ts';
import { openTemplate, printDocument, setValues } from '../render/template.ts';

/** The text of a new matrix.yaml: commented, with these values in it. */
export function createConfigText(values: Settings): string {
  const document = openTemplate('matrix.yaml');
  setValues(document, values);
  return printDocument(document);
}

/** Name of the file, beside matrix.yaml, with the roots of a private certificate authority. */
export const rootsFile = 'roots.pem';

/** A server on this machine, without a domain: reachable on loopback, with an authority of its own. */
export function localConfigValues(serverName: string, httpsPort: number): Settings {
  return {
    server_name: serverName,
    host: serverName,
    traefik: {
      certificates: { issuer: 'local' },
      publish: { address: '127.0.0.1', https: httpsPort, http: null },
    },
  };
}
